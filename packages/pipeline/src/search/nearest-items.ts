import {
  compareHits,
  fuse,
  fusedSearch,
  itemTest,
  otherSpace,
  perSpace,
  type Closeness,
  type DualEmbedding,
  type FashionItem,
  type FusedHit,
  type FusionWeights,
  type MetadataFilter,
  type ScoredId,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { KeptColumns } from './kept-columns.js';
import { neighboursWithin, type Neighbours } from './neighbours.js';

/** A look-alike, with its item. */
export interface SearchResult extends Omit<FusedHit, 'dinoScore'> {
  /** Null where a text was searched for: it has no DINOv2 vector, and `similarityScore` is `clipScore`. */
  readonly dinoScore: number | null;
  readonly item: FashionItem;
  /** Of its image file, as its provenance has it. */
  readonly contentSha256: string;
  /** Ids of the items with the same picture, or copies of it, that this hit stands for as well; only where copies are folded. */
  readonly copies?: readonly string[];
  /** Which share of unrelated items of the store scores less, in percent; only where that was asked for and is known. */
  readonly percentile?: number;
  /** The same in a word. */
  readonly closeness?: Closeness;
}

export interface NearestQuery {
  readonly embedding: DualEmbedding;
  /** Sum 1. */
  readonly weights: FusionWeights;
  readonly topK: number;
  readonly filter?: MetadataFilter | undefined;
}

type IndexedStore = Pick<
  VectorStore,
  'candidates' | 'distinctValues' | 'getByIds' | 'getItemsByIds' | 'listItems' | 'maxCandidates' | 'scores'
>;

/** How much further it is looked where some that were found do not pass the filter. */
const WIDENING = 4;

/** What was found, best first. */
export interface Found {
  readonly results: SearchResult[];
  /** Whether there may be better ones, or others, behind what the store lists at once. */
  readonly isLimited: boolean;
}

/** The best items by fused score, as far as the store's index finds their neighbourhoods. */
export async function nearestByIndex(store: IndexedStore, query: NearestQuery, columns: KeptColumns): Promise<Found> {
  const { topK, filter } = query;
  const { nearby, all } = await neighboursWithin(store, columns, filter, topK);
  const near = nearby && passing(await nearestOf(store, nearby, query), nearby);
  if (near && near.length >= topK && !near.some(({ unproven }) => unproven)) return { results: near, isLimited: false };
  const neighbours = await all();
  for (let width = topK; ; width *= WIDENING) {
    const found = await nearestOf(store, neighbours, { ...query, topK: width });
    const results = passing(found, neighbours).slice(0, topK);
    if (results.length < topK && found.length >= width) continue;
    const isShort = results.length < topK && width > neighbours.longestList();
    return { results, isLimited: isShort || results.some(({ unproven }) => unproven) };
  }
}

interface FoundItem {
  readonly hit: FusedHit;
  readonly stored: StoredItem;
}

function passing(found: readonly FoundItem[], { passes }: Neighbours): SearchResult[] {
  return found.flatMap(({ hit, stored }) => (passes(stored) ? [resultOf(hit, stored)] : []));
}

const resultOf = (hit: FusedHit, { item, provenance: { contentSha256 } }: StoredItem): SearchResult => {
  return { ...hit, item, contentSha256 };
};

/** The best of a filter's neighbours, whether they pass it or not. */
async function nearestOf(
  store: IndexedStore,
  { nearest, longestList }: Neighbours,
  { embedding, weights, topK }: NearestQuery,
): Promise<FoundItem[]> {
  const items = new Map<string, StoredItem>();
  // A longer list begins as the one before it.
  const scored = perSpace(() => new Map<string, number>());
  const hits = await fusedSearch(
    {
      nearest: async (space, width) => {
        const listed = await nearest({ space, vector: embedding[space], topK: width });
        const other = otherSpace(space);
        const known = scored[other];
        const ids = listed
          .filter(({ itemId, isLeftOut }) => !isLeftOut && !known.has(itemId))
          .map(({ itemId }) => itemId);
        if (weights[other] > 0 && ids.length > 0) {
          for (const [itemId, score] of await store.scores(ids, other, embedding[other])) known.set(itemId, score);
        }
        // What the other space lacks is no item. It may be listed all the same: the best are read whole, below.
        const fused = ({ itemId, score }: ScoredId): number =>
          weights[space] * score + weights[other] * (known.get(itemId) ?? -1);
        return listed.map((neighbour) => ({ ...neighbour, similarityScore: fused(neighbour) }));
      },
      score: async (itemIds) => {
        const stored = await store.getByIds(itemIds);
        for (const { item, provenance } of stored) items.set(item.itemId, { item, provenance });
        return stored.map(({ item, embeddings }) => fuse(item.itemId, embedding, embeddings, weights));
      },
      longestList,
    },
    weights,
    topK,
  );
  return hits.flatMap((hit) => {
    const stored = items.get(hit.itemId);
    return stored ? [{ hit, stored }] : [];
  });
}

/** Items read at once: in Chroma's JSON, both vectors of so many are about 20 MB. */
const SCANNED_AT_ONCE = 1_000;

/** The same, found by looking at every stored item. The time grows with the store; the memory does not. */
export async function nearestByScan(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds'>,
  { embedding, weights, topK, filter }: NearestQuery,
): Promise<Found> {
  const passes = filter === undefined ? () => true : itemTest(filter);
  let best: SearchResult[] = [];
  for await (const itemIds of batches(store.getAllIds(), SCANNED_AT_ONCE)) {
    for (const { item, provenance, embeddings } of await store.getByIds(itemIds)) {
      if (!passes({ item, provenance })) continue;
      best.push(resultOf(fuse(item.itemId, embedding, embeddings, weights), { item, provenance }));
    }
    best = best.sort(compareHits).slice(0, topK);
  }
  return { results: best, isLimited: false };
}
