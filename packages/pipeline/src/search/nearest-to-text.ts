import {
  compareHits,
  dot,
  itemTest,
  type EmbeddedItem,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { KeptColumns } from './kept-columns.js';
import type { Found, SearchResult } from './nearest-items.js';
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

/** How much further it is looked where some that were found are no items, or do not pass. */
const WIDENING = 4;

/** The best items by their CLIP vector alone: a text has no DINOv2 vector. */
export async function nearestToText(
  store: Pick<
    VectorStore,
    | 'candidates'
    | 'distinctValues'
    | 'getAllIds'
    | 'getByIds'
    | 'getItemsByIds'
    | 'listItems'
    | 'maxCandidates'
    | 'scores'
  >,
  { vector, topK, filter, exact }: TextQuery,
  columns: KeptColumns,
): Promise<Found> {
  const passes = filter === undefined ? () => true : itemTest(filter);
  if (exact) return { results: await best(store, store.getAllIds(), { vector, topK, passes }), isLimited: false };
  const { nearby, all } = await neighboursWithin(store, columns, filter, topK);
  const look = async (neighbours: Neighbours): Promise<Found> => {
    for (let width = topK; ; width *= WIDENING) {
      const candidates = await neighbours.nearest({ space: 'clip', vector, topK: width });
      const ids = candidates.filter((candidate) => !candidate.isLeftOut).map(({ itemId }) => itemId);
      const results = await best(store, ids, { vector, topK, passes });
      const longest = neighbours.longestList();
      if (results.length >= topK || candidates.length < width || width >= longest) {
        return { results, isLimited: results.length < topK && width >= longest };
      }
    }
  };
  const near = nearby && (await look(nearby));
  return near && near.results.length >= topK ? near : look(await all());
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

function scored(vector: Float32Array, { item, provenance, embeddings }: EmbeddedItem): SearchResult {
  // Rounding can put the product of unit vectors a little outside.
  const clipScore = Math.min(1, Math.max(-1, dot(vector, embeddings.clip)));
  const { contentSha256 } = provenance;
  return { itemId: item.itemId, similarityScore: clipScore, clipScore, dinoScore: null, item, contentSha256 };
}
