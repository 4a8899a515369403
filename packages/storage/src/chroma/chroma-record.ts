import { reasonOf, VectorStoreError, type StoredItem } from '@fashionmatch/domain';

import { parseItemRecord, storable, toItemRecord, type ItemRecord } from '../item-record.js';

/** What Chroma keeps beside a vector. The full set of keys is written always: an upsert merges. */
export type ChromaMetadata = ItemRecord;

/** An item in Chroma's form, or one sentence about why it cannot be stored. */
export function toChromaRecord(stored: StoredItem): { id: string; metadata: ChromaMetadata } | { refusal: string } {
  const item = storable(stored);
  if ('refusal' in item) return item;
  const { item_id: id, ...metadata } = toItemRecord(item);
  return { id: String(id), metadata };
}

/**
 * The item of a stored record. What the original program stored is looked at again by the next run.
 *
 * @throws VectorStoreError when the metadata cannot be an item's.
 */
export function fromChromaRecord(itemId: string, metadata: unknown): StoredItem {
  const read = parseItemRecord(itemId, metadata);
  if (!('refusal' in read)) return read;
  throw new VectorStoreError(
    'STORE_FAILED',
    `The stored item ${reasonOf(itemId)} cannot be read (${read.refusal}): run \`fashionmatch verify\``,
  );
}
