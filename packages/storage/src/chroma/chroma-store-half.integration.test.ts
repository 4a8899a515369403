import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cosine, lengthOf, type HalfRecord, type PerSpace, type StoreHalf } from '@fashionmatch/domain';
import {
  collect,
  randomUnitVector,
  RecordingLogger,
  sampleItem,
  seededRandom,
  storeHalfContract,
} from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ChromaClient } from 'chromadb';

import { ChromaCollection } from './chroma-collection.js';
import { connectEmbeddedChroma, type ChromaConnection } from './connection/chroma-connection.js';
import { openChromaStoreHalves, type ChromaStoreHalvesOptions } from './chroma-store-half.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../chroma-server/embedded-chroma.js';

const ENCODERS = { clip: { id: 'test/clip', dimensions: 16 }, dino: { id: 'test/dino', dimensions: 16 } };
const logger = new RecordingLogger();
let directory: string;
let chroma: EmbeddedChroma;
let connection: ChromaConnection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-halves-'));
  chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
  connection = await connectEmbeddedChroma(chroma);
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const newName = (): string => `test-${randomUUID()}`;

function open(collectionName: string, changes: Partial<ChromaStoreHalvesOptions> = {}): Promise<PerSpace<StoreHalf>> {
  return openChromaStoreHalves({ connection, collectionName, encoders: ENCODERS, batchSize: 100, logger, ...changes });
}

storeHalfContract(
  (name, run) => {
    test(name, run, 60_000);
  },
  async () => (await open(newName())).clip,
);

test('each half is a collection of its own', async () => {
  const { clip, dino } = await open('looks');
  await clip.replace();
  expect([clip.name, dino.name]).toEqual(['looks_clip', 'looks_dino']);
  expect([await clip.exists(), await dino.exists()]).toEqual([true, false]);
});

test('a half that is opened again is the same', async () => {
  const name = newName();
  await (await open(name)).dino.replace();
  expect(await (await open(name)).dino.exists()).toBe(true);
});

test('metadata that cannot be an item’s is no error', async () => {
  const name = newName();
  const { clip } = await open(name);
  await clip.replace();
  const collection = await ChromaCollection.find(connection, clip.name);
  const vector = randomUnitVector(16, seededRandom(1));
  await collection?.upsert([{ id: 'a', vector, metadata: { price: 'much' }, document: '' }]);
  expect(await clip.getRows(['a'])).toMatchObject([{ itemId: 'a', stored: undefined }]);
});

test('whole prices that an earlier version stored as integers are found, and become decimals', async () => {
  const { clip } = await open(newName());
  await clip.replace();
  const stored = (itemId: string, price: number): HalfRecord => {
    const { item, provenance } = sampleItem(itemId, { clip: 16, dino: 16 }, { item: { price } });
    return { stored: { item, provenance }, vector: randomUnitVector(16, seededRandom(price)) };
  };
  const prices = { none: 0, whole: 42, wholeToo: 42, fraction: 42.5, half: 0.5, today: 42 };
  await clip.put(Object.entries(prices).map(([itemId, price]) => stored(itemId, price)));
  await storeAsIntegers(clip.name, { none: 0, whole: 42, wholeToo: 42 });

  const outdated = async (): Promise<string[]> =>
    (await clip.getRows(Object.keys(prices))).filter((row) => row.outdated).map(({ itemId }) => itemId);
  expect((await outdated()).sort()).toEqual(['none', 'whole', 'wholeToo']);
  const before = await clip.getRows(['whole']);
  const rows = await clip.getRows(['none', 'whole', 'wholeToo']);
  await clip.refresh(rows.flatMap(({ stored }) => stored ?? []));
  expect(await outdated()).toEqual([]);
  expect(await clip.getRows(['whole'])).toEqual(before.map((row) => ({ ...row, outdated: false })));
});

test('documents that are missing are found, and become those of the items; those of other programs stay', async () => {
  const { clip } = await open(newName());
  await clip.replace();
  const ids = ['none', 'theirs', 'today'];
  const record = (itemId: string): HalfRecord => {
    const { item, provenance } = sampleItem(itemId, { clip: 16, dino: 16 });
    return { stored: { item, provenance }, vector: randomUnitVector(16, seededRandom(1)) };
  };
  await clip.put(ids.map(record));
  const { host, port } = chroma;
  const collection = await new ChromaClient({ host, port }).getCollection({ name: clip.name });
  // As an earlier version stored it, and as a program does that makes other documents.
  await collection.delete({ ids: ['none', 'theirs'] });
  const vector = [...record('none').vector];
  const { metadatas } = await collection.get({ ids: ['today'] });
  await collection.add({ ids: ['none'], embeddings: [vector], metadatas: [{ ...metadatas[0] }] });
  await collection.add({
    ids: ['theirs'],
    embeddings: [vector],
    metadatas: [{ ...metadatas[0] }],
    documents: ['Wool coat'],
  });

  const outdated = async (): Promise<string[]> =>
    (await clip.getRows(ids)).filter((row) => row.outdated).map(({ itemId }) => itemId);
  expect(await outdated()).toEqual(['none']);
  const found = await clip.getRows(['none', 'theirs']);
  expect(found.map(({ document }) => document).sort()).toEqual(['', 'Wool coat']);
  await clip.refresh(found.flatMap(({ stored }) => stored ?? []));
  expect(await outdated()).toEqual([]);
  const after = await clip.getRows(['none', 'theirs']);
  expect(after.map(({ vector }) => vector)).toEqual(found.map(({ vector }) => vector));
  expect(after.find(({ itemId }) => itemId === 'theirs')?.document).toBe('Wool coat');
  const byText = await collection.get({ whereDocument: { $contains: 'today' }, include: [] });
  expect(byText.ids.sort()).toEqual(['none', 'today']);
});

/** What the client alone sends for whole numbers. */
async function storeAsIntegers(name: string, prices: Readonly<Record<string, number>>): Promise<void> {
  const { host, port } = chroma;
  const collection = await new ChromaClient({ host, port }).getCollection({ name });
  await collection.update({ ids: Object.keys(prices), metadatas: Object.values(prices).map((price) => ({ price })) });
}

/** As another program makes one, with a row whose vector is no unit vector and one whose vector has no direction. */
async function makeForeign(name: string): Promise<Float32Array[]> {
  const { host, port } = chroma;
  const collection = await new ChromaClient({ host, port }).createCollection({
    name,
    metadata: { 'hnsw:space': 'cosine' },
    embeddingFunction: null,
  });
  const vectors = [1, 2, 3].map((seed) => randomUnitVector(16, seededRandom(seed)));
  await collection.add({
    ids: ['a', 'b', 'c'],
    embeddings: vectors.map((vector, i) => Array.from(vector, (value) => (i === 1 ? 3 * value : value))),
    metadatas: vectors.map((_, i) => ({ title: `item ${String(i)}`, price: 10, of_theirs: true })),
    documents: vectors.map((_, i) => `document ${String(i)}`),
  });
  return vectors;
}

test('another program’s half is taken over with all that is in it, and finds the same', async () => {
  const name = newName();
  const vectors = await makeForeign(`${name}_clip`);
  const { clip } = await open(name, { adopting: true });
  expect(clip.isForeign).toBe(true);
  const [row] = await clip.getRows(['a']);
  const stored = sampleItem('a', { clip: 16, dino: 16 });
  expect(row?.stored?.item.title).toBe('item 0');
  expect(await clip.refresh([stored])).toEqual([]);
  await clip.adopt();
  expect(clip.isForeign).toBe(false);

  const { clip: opened } = await open(name);
  expect(opened.isForeign).toBe(false);
  const rows = await opened.getRows(['a', 'b', 'c']);
  expect(rows).toHaveLength(3);
  for (const { itemId, vector } of rows) {
    expect(cosine(vector, vectors['abc'.indexOf(itemId)] ?? [])).toBeCloseTo(1, 6);
    expect(lengthOf(vector)).toBeCloseTo(1, 6);
  }
  expect(rows.find(({ itemId }) => itemId === 'a')?.stored?.provenance).toEqual(stored.provenance);
  const { host, port } = chroma;
  const asOthersSeeIt = await new ChromaClient({ host, port }).getCollection({ name: `${name}_clip` });
  const found = await asOthersSeeIt.get({ ids: ['a', 'b'], include: ['documents', 'metadatas'] });
  expect(found).toMatchObject({
    ids: ['a', 'b'],
    documents: ['document 0', 'document 1'],
    metadatas: [
      { of_theirs: true, title: stored.item.title },
      { of_theirs: true, title: 'item 1' },
    ],
  });
});

test('an adoption that was cut short at either of its last steps is ended by the next', async () => {
  const name = newName();
  await makeForeign(`${name}_clip`);
  const { host, port } = chroma;
  const client = new ChromaClient({ host, port });
  // As one leaves it that was killed while it copied.
  await client.createCollection({ name: `${name}_clip-adopted`, embeddingFunction: null });
  await (await open(name, { adopting: true })).clip.adopt();
  expect((await open(name)).clip.isForeign).toBe(false);
  // As one leaves it that was killed after it removed the original.
  await (await client.getCollection({ name: `${name}_clip` })).modify({ name: `${name}_clip-adopted` });
  const { clip } = await open(name, { adopting: true });
  expect(await clip.filterStored(['a', 'b', 'c'])).toEqual(new Set(['a', 'b', 'c']));
  await clip.adopt();
});

test('vectors of another encoder are no half of this store', async () => {
  const name = newName();
  await (await open(name)).clip.replace();
  const encoders = { ...ENCODERS, clip: { id: 'test/other', dimensions: 16 } };
  await expect(open(name, { encoders })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
});

test('a collection that another program made and never used does not count, and is replaced', async () => {
  const name = newName();
  await connection.request((client) => client.createCollection({ name: `${name}_clip`, embeddingFunction: null }));
  const { clip } = await open(name);
  expect(await clip.exists()).toBe(false);
  await clip.replace();
  expect((await ChromaCollection.find(connection, clip.name))?.distance).toBe('cosine');
});

test('where there is no server both halves are missing, and none can be made', async () => {
  const { clip, dino } = await open(newName(), { connection: undefined });
  expect([await clip.exists(), await dino.exists()]).toEqual([false, false]);
  expect(await collect(clip.getAllIds())).toEqual([]);
  await expect(clip.replace()).rejects.toMatchObject({ code: 'STORE_FAILED' });
});
