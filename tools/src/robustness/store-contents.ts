import { join } from 'node:path';

import type { PerSpace } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openLmdbEmbeddingJournal } from '@fashionmatch/storage';

import { readRawCollections, type RawCollection } from '../end-to-end/running/raw-collections.js';

/** What a store holds, in forms that are equal when they are the same bit for bit: a text by name, for each part. */
export type StoreContents = Readonly<Record<string, ReadonlyMap<string, string>>>;

const COLLECTION = 'fashion_items';

/** How many names a difference lists. */
const SHOWN = 3;

/**
 * Reads both collections through a server, and the journal beside them. Nothing may be writing.
 *
 * @param encoderIds of the vectors that the journal is asked for.
 */
export async function readStoreContents(directory: string, encoderIds: PerSpace<string>): Promise<StoreContents> {
  const { clip, dino } = await readRawCollections(directory, COLLECTION);
  return {
    'metadata in clip': metadataOf(clip),
    'metadata in dino': metadataOf(dino),
    'vectors in clip': vectorsOf(clip),
    'vectors in dino': vectorsOf(dino),
    ...(await readJournal(directory, encoderIds)),
  };
}

async function readJournal(directory: string, { clip, dino }: PerSpace<string>): Promise<StoreContents> {
  await using journal = await openLmdbEmbeddingJournal({
    directory: join(directory, 'journal'),
    collectionName: COLLECTION,
    readOnly: true,
    logger: new RecordingLogger(),
  });
  const items = new Map<string, string>();
  const contents: string[] = [];
  for await (const stored of journal.getItems()) {
    items.set(stored.item.itemId, canonical(stored));
    contents.push(stored.provenance.contentSha256);
  }
  const vectors = async (encoderId: string): Promise<Map<string, string>> => {
    const remembered = await journal.getVectors(encoderId, contents);
    return new Map([...remembered].map(([content, vector]) => [content, bits(vector)]));
  };
  const { items: itemCount, vectors: vectorCount } = await journal.size();
  return {
    'items in the journal': items,
    'clip vectors in the journal': await vectors(clip),
    'dino vectors in the journal': await vectors(dino),
    'sizes of the journal': new Map([['entries', `${String(itemCount)} ${String(vectorCount)}`]]),
  };
}

/** One sentence for each part that is not the same; none when nothing differs. */
export function differencesBetween(expected: StoreContents, actual: StoreContents): string[] {
  return Object.entries(expected).flatMap(([part, inExpected]) => {
    const inActual = actual[part] ?? new Map<string, string>();
    const missing = [...inExpected.keys()].filter((name) => !inActual.has(name));
    const extra = [...inActual.keys()].filter((name) => !inExpected.has(name));
    const changed = [...inActual].filter(([name, value]) => inExpected.get(name) !== value && !extra.includes(name));
    return [
      ...sentence(part, 'missing', missing),
      ...sentence(part, 'too many', extra),
      ...sentence(part, 'different', changed.map(([name]) => name)), // prettier-ignore
    ];
  });
}

function sentence(part: string, what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [
    `${part}: ${String(names.length)} ${what} (${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', …' : ''})`,
  ];
}

function metadataOf({ ids, metadatas }: RawCollection): Map<string, string> {
  return eachOnce(ids, (i) => canonical(metadatas[i]));
}

function vectorsOf({ ids, embeddings }: RawCollection): Map<string, string> {
  return eachOnce(ids, (i) => bits(Float32Array.from(embeddings[i] ?? [])));
}

/** An id that comes a second time is a name of its own, which no other contents have. */
function eachOnce(ids: readonly string[], valueAt: (i: number) => string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [i, id] of ids.entries()) values.set(values.has(id) ? `${id} again at ${String(i)}` : id, valueAt(i));
  return values;
}

function bits({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** The same text whatever the order of the keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
