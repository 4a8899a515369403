import {
  compareHits,
  dot,
  itemTest,
  type EmbeddedItem,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { SearchResult } from './nearest-items.js';
import { neighboursWithin, type Neighbours } from './neighbours.js';

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
  store: Pick<
    VectorStore,
    'candidates' | 'distinctValues' | 'getAllIds' | 'getByIds' | 'listItems' | 'maxCandidates' | 'scores'
  >,
  { vector, topK, filter, exact }: TextQuery,
): Promise<SearchResult[]> {
  const passing = filter === undefined ? () => true : itemTest(filter);
  if (exact) return best(store, store.getAllIds(), { vector, topK, passes: passing });
  const { nearest, passes } = await neighboursWithin(store, filter);
  // Some of them may be no items, or not pass: then there are further ones behind them.
  for (let width = topK; ; width *= 2) {
    const candidates = await nearest({ space: 'clip', vector, topK: width });
    const ids = candidates.map(({ itemId }) => itemId);
    const found = await best(store, ids, { vector, topK, passes });
    if (found.length >= topK || ids.length < width) return found;
  }
}

async function best(
  store: Pick<VectorStore, 'getByIds'>,
  ids: AsyncIterable<string> | readonly string[],
  { vector, topK, passes }: Pick<TextQuery, 'vector' | 'topK'> & Pick<Neighbours, 'passes'>,
): Promise<SearchResult[]> {
  let results: SearchResult[] = [];
  for await (const itemIds of batches(ids, READ_AT_ONCE)) {
    for (const stored of await store.getByIds(itemIds)) {
      if (passes(stored)) results.push(scored(vector, stored));
    }
    results = results.sort(compareHits).slice(0, topK);
  }
  return results;
}

function scored(vector: Float32Array, { item, embeddings }: EmbeddedItem): SearchResult {
  // Rounding can put the product of unit vectors a little outside.
  const clipScore = Math.min(1, Math.max(-1, dot(vector, embeddings.clip)));
  return { itemId: item.itemId, similarityScore: clipScore, clipScore, dinoScore: null, item };
}
