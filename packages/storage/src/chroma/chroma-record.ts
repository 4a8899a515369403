import { CUT_MARK, documentOf, reasonOf, VectorStoreError, type StoredItem } from '@fashionmatch/domain';

import type { RequestLimits } from './connection/request-limits.js';
import { parseItemRecord, storable, toItemRecord, type ItemRecord } from '../item-record.js';

/** What Chroma keeps beside a vector. The full set of keys is written always: an upsert merges. */
export type ChromaMetadata = ItemRecord;

/** What Chroma keeps of an item, beside its vector. */
export interface ChromaRecord {
  readonly id: string;
  readonly metadata: ChromaMetadata;
  /** For other programs: nothing here reads it. */
  readonly document: string;
}

/**
 * An item in Chroma's form, or one sentence about why it cannot be stored. A description that is too long for the server
 * is cut, and the cut marked.
 *
 * @param limits of the server; none unless given.
 */
export function toChromaRecord(stored: StoredItem, limits?: RequestLimits): ChromaRecord | { refusal: string } {
  const item = storable(stored);
  if ('refusal' in item) return item;
  const [idBytes, textBytes] = [limits?.of('idBytes') ?? Infinity, limits?.of('textBytes') ?? Infinity];
  const { item_id: id, ...fields } = toItemRecord(item);
  const metadata = { ...fields, description: cutToBytes(item.item.description, textBytes) };
  if (bytesOf(id) > idBytes) return { refusal: `the id is longer than ${String(idBytes)} bytes` };
  const [long] = Object.entries(metadata).find(([, value]) => bytesOf(value) > textBytes) ?? [];
  if (long !== undefined) return { refusal: `${long}: is longer than ${String(textBytes)} bytes` };
  return { id: String(id), metadata, document: documentOf(item.item) };
}

const bytesOf = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);

/** As `cutDescription` does; no character is cut in two. */
function cutToBytes(text: string, most: number): string {
  if (bytesOf(text) <= most) return text;
  const beginning = Buffer.from(text).subarray(0, most - bytesOf(CUT_MARK));
  // A stream waits for the rest of what is no whole character.
  return `${new TextDecoder().decode(beginning, { stream: true })}${CUT_MARK}`;
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
