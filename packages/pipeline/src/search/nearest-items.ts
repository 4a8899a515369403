import {
  compareHits,
  fuse,
  fusedSearch,
  matchesFilter,
  otherSpace,
  type DualEmbedding,
  type FashionItem,
  type FusedHit,
  type FusionWeights,
  type MetadataFilter,
  type ScoredId,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';

/** A look-alike, with its item. */
export interface SearchResult extends Omit<FusedHit, 'dinoScore'> {
  /** Null where a text was searched for: it has no DINOv2 vector, and `similarityScore` is `clipScore`. */
  readonly dinoScore: number | null;
  readonly item: FashionItem;
}

export interface NearestQuery {
  readonly embedding: DualEmbedding;
  /** Sum 1. */
  readonly weights: FusionWeights;
  readonly topK: number;
  readonly filter?: MetadataFilter | undefined;
}

/** The best items by fused score, best first, as far as the store's index finds their neighbourhoods. */
export async function nearestByIndex(
  store: Pick<VectorStore, 'candidates' | 'scores' | 'getByIds'>,
  { embedding, weights, topK, filter }: NearestQuery,
): Promise<SearchResult[]> {
  const items = new Map<string, FashionItem>();
  const hits = await fusedSearch(
    {
      nearest: async (space, width) => {
        const listed = await store.candidates({ space, vector: embedding[space], topK: width, filter });
        const other = otherSpace(space);
        const ids = weights[other] > 0 ? listed.map(({ itemId }) => itemId) : [];
        const scores = ids.length > 0 ? await store.scores(ids, other, embedding[other]) : undefined;
        // What the other space lacks is no item. It may be listed all the same: the best are read whole, below.
        const fused = ({ itemId, score }: ScoredId): number =>
          weights[space] * score + weights[other] * (scores?.get(itemId) ?? -1);
        return listed.map((neighbour) => ({ ...neighbour, similarityScore: fused(neighbour) }));
      },
      score: async (itemIds) => {
        const stored = await store.getByIds(itemIds);
        for (const { item } of stored) items.set(item.itemId, item);
        return stored.map(({ item, embeddings }) => fuse(item.itemId, embedding, embeddings, weights));
      },
    },
    weights,
    topK,
  );
  return hits.flatMap((hit) => {
    const item = items.get(hit.itemId);
    return item ? [{ ...hit, item }] : [];
  });
}

/** Items read at once: in Chroma's JSON, both vectors of so many are about 20 MB. */
const SCANNED_AT_ONCE = 1_000;

/** The same, found by looking at every stored item. The time grows with the store; the memory does not. */
export async function nearestByScan(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds'>,
  { embedding, weights, topK, filter }: NearestQuery,
): Promise<SearchResult[]> {
  let best: SearchResult[] = [];
  for await (const itemIds of batches(store.getAllIds(), SCANNED_AT_ONCE)) {
    for (const { item, provenance, embeddings } of await store.getByIds(itemIds)) {
      if (filter !== undefined && !matchesFilter(filter, { item, provenance })) continue;
      best.push({ ...fuse(item.itemId, embedding, embeddings, weights), item });
    }
    best = best.sort(compareHits).slice(0, topK);
  }
  return best;
}
