import {
  compareHits,
  fuse,
  matchesFilter,
  type DualEmbedding,
  type FashionItem,
  type FusedHit,
  type FusionWeights,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from './batches.js';

/** Items read at once: with both vectors in Chroma's JSON about 20 MB. */
const PAGE_SIZE = 1_000;

export interface ScanOptions {
  /** Sum 1. */
  readonly weights: FusionWeights;
  readonly topK: number;
  readonly filter?: MetadataFilter | undefined;
}

/**
 * The `topK` best items by fused score, best first, found by looking at every stored item: no index can
 * leave one out. Takes time with the size of the store, and memory only with `topK`.
 */
export async function scanAll(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds'>,
  query: DualEmbedding,
  { weights, topK, filter }: ScanOptions,
): Promise<(FusedHit & { readonly item: FashionItem })[]> {
  let best: (FusedHit & { readonly item: FashionItem })[] = [];
  for await (const ids of batches(store.getAllIds(), PAGE_SIZE)) {
    for (const stored of await store.getByIds(ids)) {
      if (filter !== undefined && !matchesFilter(filter, stored)) continue;
      best.push({ ...fuse(stored.item.itemId, query, stored.embeddings, weights), item: stored.item });
    }
    best = best.sort(compareHits).slice(0, topK);
  }
  return best;
}
