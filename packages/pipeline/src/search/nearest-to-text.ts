import {
  compareHits,
  dot,
  matchesFilter,
  type EmbeddedItem,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { SearchResult } from './nearest-items.js';

export interface TextQuery {
  /** The text's, in the space of the items' CLIP vectors. */
  readonly vector: Float32Array;
  readonly topK: number;
  readonly filter?: MetadataFilter | undefined;
  /** Looks at every stored item instead of asking the store's index. */
  readonly exact: boolean;
}

/** Items read at once, with both of their vectors. */
const READ_AT_ONCE = 1_000;

/** The best items by their CLIP vector alone, best first: a text has no DINOv2 vector. */
export async function nearestToText(
  store: Pick<VectorStore, 'search' | 'getAllIds' | 'getByIds'>,
  { vector, topK, filter, exact }: TextQuery,
): Promise<SearchResult[]> {
  const ids = exact ? store.getAllIds() : neighbours(store, { vector, topK, filter });
  let best: SearchResult[] = [];
  for await (const itemIds of batches(ids, READ_AT_ONCE)) {
    for (const stored of await store.getByIds(itemIds)) {
      if (!exact || filter === undefined || matchesFilter(filter, stored)) best.push(scored(vector, stored));
    }
    best = best.sort(compareHits).slice(0, topK);
  }
  return best;
}

async function* neighbours(
  store: Pick<VectorStore, 'search'>,
  query: Omit<TextQuery, 'exact'>,
): AsyncGenerator<string> {
  for (const { itemId } of await store.search({ space: 'clip', ...query })) yield itemId;
}

function scored(vector: Float32Array, { item, embeddings }: EmbeddedItem): SearchResult {
  // Rounding can put the product of unit vectors a little outside.
  const clipScore = Math.min(1, Math.max(-1, dot(vector, embeddings.clip)));
  return { itemId: item.itemId, similarityScore: clipScore, clipScore, dinoScore: null, item };
}
