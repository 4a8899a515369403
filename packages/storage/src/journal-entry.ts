import { crc32 } from 'node:zlib';

import {
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  ITEM_SOURCES,
  lengthOf,
  reasonOf,
  UNIT_LENGTH_TOLERANCE,
  VectorStoreError,
  type EmbeddedItem,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';
import { z } from 'zod';

import { FORMAT_KEY, itemKey, vectorKey } from './journal-key.js';

/** How the entries of a journal are laid out; higher numbers are a later FashionMatch's. */
export const JOURNAL_FORMAT = 1;

export interface JournalEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

const formatSchema = z.object({ format: z.int().positive() });

/** An item's values, without the names of its fields, which would be a third of the entry. */
const itemValuesSchema = z.tuple([
  z.string(), // itemId
  z.string(), // title
  z.number(), // price
  z.string(), // currency
  z.string(), // description
  z.string(), // brand
  z.string(), // size
  z.string(), // condition
  z.string(), // imageUrl
  z.string(), // url
  z.string(), // category
  z.string(), // scrapedAt
  z.string(), // localImagePath
  z.enum(ITEM_SOURCES), // source
  z.string(), // filePath
  z.number(), // fileSize
  z.number(), // fileMtimeMs
  z.string(), // contentSha256
]);

type ItemValues = z.infer<typeof itemValuesSchema>;

export const formatEntry = (): JournalEntry => toEntry(FORMAT_KEY, { format: JOURNAL_FORMAT });

/** The number of the format, or undefined when it cannot be read. */
export const decodeFormat = (value: Buffer): number | undefined =>
  fromEntry({ key: FORMAT_KEY, value }, formatSchema)?.format;

/** @throws VectorStoreError when a field has no value that would come back. */
export function itemEntry(collectionName: string, stored: StoredItem): JournalEntry {
  const { itemId } = stored.item;
  const parsed = itemValuesSchema.safeParse(valuesOf(stored));
  if (!parsed.success) throw refusal(itemId, parsed.error.issues[0]?.message ?? '');
  return toEntry(itemKey(collectionName, itemId), parsed.data);
}

/** The item of an entry, or undefined when the medium has changed it. */
export function decodeItem(entry: JournalEntry): StoredItem | undefined {
  const values = fromEntry(entry, itemValuesSchema);
  return values && itemOf(values);
}

function valuesOf({ item, provenance }: StoredItem): ItemValues {
  return [
    item.itemId,
    item.title,
    item.price,
    item.currency,
    item.description,
    item.brand,
    item.size,
    item.condition,
    item.imageUrl,
    item.url,
    item.category,
    item.scrapedAt,
    item.localImagePath,
    provenance.source,
    provenance.filePath,
    provenance.fileSize,
    provenance.fileMtimeMs,
    provenance.contentSha256,
  ];
}

// prettier-ignore
function itemOf([
  itemId, title, price, currency, description, brand, size, condition, imageUrl, url, category, scrapedAt, localImagePath,
  source, filePath, fileSize, fileMtimeMs, contentSha256,
]: ItemValues): StoredItem {
  return {
    item: {
      itemId, title, price, currency, description, brand, size, condition, imageUrl, url, category, scrapedAt, localImagePath,
    },
    provenance: { source, filePath, fileSize, fileMtimeMs, contentSha256 },
  };
}

/**
 * Both vectors of an item, as float32 in the byte order of all machines that ONNX Runtime runs on.
 *
 * @throws EmbeddingDimensionError when a vector is not of length 1.
 * @throws VectorStoreError when the content hash is no SHA-256.
 */
export function vectorEntries(
  { item, provenance, embeddings }: EmbeddedItem,
  encoderIds: PerSpace<string>,
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
    return { key, value: seal(key, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)) };
  });
}

/** The vector of an entry, or undefined when the medium has changed it. */
export function decodeVector({ key, value }: JournalEntry): Float32Array | undefined {
  const bytes = unseal(key, value);
  if (bytes === undefined || bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  // A copy, for a Float32Array must begin at a multiple of four.
  const vector = new Float32Array(Uint8Array.from(bytes).buffer);
  return isUnitVector(vector) ? vector : undefined;
}

function toEntry(key: Buffer, value: unknown): JournalEntry {
  return { key, value: seal(key, Buffer.from(JSON.stringify(value))) };
}

function fromEntry<T>({ key, value }: JournalEntry, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(unseal(key, value)?.toString() ?? '')).data;
  } catch {
    return undefined;
  }
}

/**
 * A value with a checksum of itself and its key behind it: LMDB has none, and neither a vector with some
 * bits turned nor one that stands in another's place looks wrong.
 */
function seal(key: Buffer, bytes: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + 4);
  sealed.set(bytes);
  sealed.writeUInt32LE(crc32(bytes, crc32(key)), bytes.length);
  return sealed;
}

function unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < 4) return undefined;
  const bytes = sealed.subarray(0, -4);
  return crc32(bytes, crc32(key)) === sealed.readUInt32LE(bytes.length) ? bytes : undefined;
}

/** False for NaN too. */
const isUnitVector = (vector: Float32Array): boolean => Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE;

function refusal(itemId: string, reason: string): VectorStoreError {
  return new VectorStoreError('STORE_FAILED', `The journal cannot remember ${reasonOf(itemId)}: ${reason}`);
}
