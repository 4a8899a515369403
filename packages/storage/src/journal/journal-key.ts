import { hash } from 'node:crypto';

/** Keys from `start` up to, and without, `end`. */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
}

/**
 * A key is its kind (1 byte), whose it is, and which: SHA-256 each, so that ids of any length and with any
 * characters fit. A vector's last part is the hash of its content.
 */
const KINDS = { format: 0, item: 1, vector: 2 } as const;
const DIGEST_LENGTH = 32;
const KEY_LENGTH = 1 + 2 * DIGEST_LENGTH;

export const FORMAT_KEY = Buffer.of(KINDS.format);

export const ALL_ITEMS = rangeOf(Buffer.of(KINDS.item));

export const ALL_VECTORS = rangeOf(Buffer.of(KINDS.vector));

export const itemsOf = (collectionName: string): KeyRange => rangeOf(prefixOf(collectionName));

export const itemKey = (collectionName: string, itemId: string): Buffer =>
  Buffer.concat([prefixOf(collectionName), digestOf(itemId)]);

/** The last one, which is the next one's, too: a run makes a key for each of its items. */
let lastPrefix = { collectionName: '', prefix: itemPrefix('') };

function prefixOf(collectionName: string): Buffer {
  if (lastPrefix.collectionName !== collectionName) lastPrefix = { collectionName, prefix: itemPrefix(collectionName) };
  return lastPrefix.prefix;
}

function itemPrefix(collectionName: string): Buffer {
  return Buffer.concat([Buffer.of(KINDS.item), digestOf(collectionName)]);
}

/** Undefined when the hash is no SHA-256 in lower-case hex. */
export function vectorKey(encoderId: string, contentSha256: string): Buffer | undefined {
  if (!/^[0-9a-f]{64}$/.test(contentSha256)) return undefined;
  return Buffer.concat([Buffer.of(KINDS.vector), digestOf(encoderId), Buffer.from(contentSha256, 'hex')]);
}

export const contentOf = (key: Buffer): string => key.toString('hex', 1 + DIGEST_LENGTH);

/** Of UTF-16, so that ids that differ in a lone half of a surrogate pair only stay apart. */
function digestOf(name: string): Buffer {
  return hash('sha256', Buffer.from(name, 'utf16le'), 'buffer');
}

/** All keys that begin with `prefix`. */
function rangeOf(prefix: Buffer): KeyRange {
  return { start: prefix, end: Buffer.concat([prefix, Buffer.alloc(KEY_LENGTH, 0xff)]) };
}
