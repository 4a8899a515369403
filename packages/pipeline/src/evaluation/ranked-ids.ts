import {
  fusedSearch,
  otherSpace,
  type DualEmbedding,
  type EmbeddingSpace,
  type FusedHit,
  type FusionWeights,
  type ListedItem,
  type PerSpace,
  type ScoredId,
  type VectorStore,
} from '@fashionmatch/domain';

/**
 * The ids of the best items by fused score, best first, for each of several weights. As `SimilaritySearch` finds them,
 * but what the store was asked once for the one serves the others, and no item is read.
 *
 * @param weights each with sum 1.
 */
export async function rankedIds(
  store: Pick<VectorStore, 'candidates' | 'maxCandidates' | 'scores'>,
  embedding: DualEmbedding,
  weights: readonly FusionWeights[],
  depth: number,
): Promise<string[][]> {
  const known = new Map<string, PerSpace<number>>();
  const lists = new Map<string, Promise<ScoredId[]>>();

  const list = async (space: EmbeddingSpace, topK: number): Promise<ScoredId[]> => {
    const listed = await store.candidates({ space, vector: embedding[space], topK });
    const other = otherSpace(space);
    const unknown = listed.map(({ itemId }) => itemId).filter((itemId) => !known.has(itemId));
    const others = unknown.length > 0 ? await store.scores(unknown, other, embedding[other]) : undefined;
    for (const { itemId, score } of listed) {
      const otherScore = others?.get(itemId);
      // What the other space lacks is no item.
      if (otherScore !== undefined) known.set(itemId, both(space, score, otherScore));
    }
    return listed;
  };
  const listOnce = (space: EmbeddingSpace, topK: number): Promise<ScoredId[]> => {
    const key = `${space} ${String(topK)}`;
    const found = lists.get(key) ?? list(space, topK);
    lists.set(key, found);
    return found;
  };
  const hitOf = (itemId: string, { clip, dino }: FusionWeights): FusedHit | undefined => {
    const scores = known.get(itemId);
    if (!scores) return undefined;
    const similarityScore = clip * scores.clip + dino * scores.dino;
    return { itemId, similarityScore, clipScore: scores.clip, dinoScore: scores.dino };
  };
  const rankings: string[][] = [];
  for (const one of weights) {
    const space = {
      nearest: async (space: EmbeddingSpace, topK: number): Promise<ListedItem[]> => {
        const listed = await listOnce(space, topK);
        return listed.map(({ itemId, score }) => {
          return { itemId, score, similarityScore: hitOf(itemId, one)?.similarityScore ?? one[space] * score - 1 };
        });
      },
      score: (itemIds: readonly string[]) => Promise.resolve(itemIds.flatMap((itemId) => hitOf(itemId, one) ?? [])),
      longestList: () => store.maxCandidates,
    };
    rankings.push((await fusedSearch(space, one, depth)).map(({ itemId }) => itemId));
  }
  return rankings;
}

function both(space: EmbeddingSpace, score: number, other: number): PerSpace<number> {
  return space === 'clip' ? { clip: score, dino: other } : { clip: other, dino: score };
}
