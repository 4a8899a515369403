import { crc32 } from 'node:zlib';

import {
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  lengthOf,
  reasonOf,
  UNIT_LENGTH_TOLERANCE,
  VectorStoreError,
  type EmbeddedItem,
  type VectorOrigin,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { fromItemValues, toItemValues } from './journal-item-values.js';
import { FORMAT_KEY, itemKey, vectorKey } from './journal-key.js';

/** How the entries of a journal are laid out; lower numbers can be read, higher ones are a later FashionMatch's. */
export const JOURNAL_FORMAT = 4;

/** What stands behind a vector that was imported. */
const IMPORTED = Buffer.of(1);

/** Behind each value. */
const CHECKSUM_BYTES = 4;

export interface JournalEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

const formatSchema = z.object({ format: z.int().positive() });

export const formatEntry = (): JournalEntry => toEntry(FORMAT_KEY, { format: JOURNAL_FORMAT });

/** The number of the format, or undefined when it cannot be read. */
export const decodeFormat = (value: Buffer): number | undefined =>
  formatSchema.safeParse(fromEntry({ key: FORMAT_KEY, value })).data?.format;

/** @throws VectorStoreError when a field has no value that would come back. */
export function itemEntry(collectionName: string, stored: StoredItem): JournalEntry {
  const { itemId } = stored.item;
  const values = toItemValues(stored);
  if (values === undefined) throw refusal(itemId, 'a field is neither a text nor a finite number');
  return toEntry(itemKey(collectionName, itemId), values);
}

/** The item of an entry, or undefined when the medium has changed it. */
export function decodeItem(entry: JournalEntry): StoredItem | undefined {
  return fromItemValues(fromEntry(entry));
}

/**
 * Both vectors of an item, as float32 in the byte order of all machines that ONNX Runtime runs on. One that was
 * imported has a byte more.
 *
 * @throws EmbeddingDimensionError when a vector is not of length 1.
 * @throws VectorStoreError when the content hash is no SHA-256.
 */
export function vectorEntries(
  { item, provenance, embeddings }: EmbeddedItem,
  encoderIds: PerSpace<string>,
  origin: VectorOrigin,
): JournalEntry[] {
  return EMBEDDING_SPACES.map((space) => {
    const key = vectorKey(encoderIds[space], provenance.contentSha256);
    if (key === undefined) throw refusal(item.itemId, 'its content hash is no SHA-256');
    const vector = embeddings[space];
    if (!isUnitVector(vector)) {
      throw new EmbeddingDimensionError(
        `The ${space} vector of ${reasonOf(item.itemId)} has a length other than 1: nothing of its batch is stored`,
      );
    }
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    return { key, value: seal(key, origin === 'imported' ? Buffer.concat([bytes, IMPORTED]) : bytes) };
  });
}

/** The vector of an entry, or undefined when the medium has changed it. */
export function decodeVector({ key, value }: JournalEntry): Float32Array | undefined {
  const bytes = unseal(key, value);
  if (bytes === undefined || bytes.length % Float32Array.BYTES_PER_ELEMENT > IMPORTED.length) return undefined;
  // A copy, for a Float32Array must begin at a multiple of four.
  const length = bytes.length - (isImported(value) ? IMPORTED.length : 0);
  const vector = new Float32Array(Uint8Array.from(bytes.subarray(0, length)).buffer);
  return isUnitVector(vector) ? vector : undefined;
}

/** Whether the entry of a vector says that it was imported. The checksum behind it has four bytes. */
export const isImported = (value: Buffer): boolean => value.length % Float32Array.BYTES_PER_ELEMENT === IMPORTED.length;

function toEntry(key: Buffer, value: unknown): JournalEntry {
  return { key, value: seal(key, Buffer.from(JSON.stringify(value))) };
}

function fromEntry({ key, value }: JournalEntry): unknown {
  if (value.length < CHECKSUM_BYTES) return undefined;
  const end = value.length - CHECKSUM_BYTES;
  // As it is written, it is well-formed; and a view of the bytes takes as long to make as all else here.
  const text = value.toString('utf8', 0, end);
  if (crc32(text, crc32(key)) !== value.readUInt32LE(end)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A value with a checksum of itself and its key behind it: LMDB has none, and neither a vector with some
 * bits turned nor one that stands in another's place looks wrong.
 */
function seal(key: Buffer, bytes: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + CHECKSUM_BYTES);
  sealed.set(bytes);
  sealed.writeUInt32LE(crc32(bytes, crc32(key)), bytes.length);
  return sealed;
}

function unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < CHECKSUM_BYTES) return undefined;
  const bytes = sealed.subarray(0, -CHECKSUM_BYTES);
  return crc32(bytes, crc32(key)) === sealed.readUInt32LE(bytes.length) ? bytes : undefined;
}

/** False for NaN too. */
const isUnitVector = (vector: Float32Array): boolean => Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE;

function refusal(itemId: string, reason: string): VectorStoreError {
  return new VectorStoreError('STORE_FAILED', `The journal cannot remember ${reasonOf(itemId)}: ${reason}`);
}
