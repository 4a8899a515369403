import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EmbeddedItem, VectorStore } from '@fashionmatch/domain';
import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { connectEmbeddedChroma, type ChromaConnection } from './connection/chroma-connection.js';
import { openChromaVectorStore } from './chroma-vector-store.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../chroma-server/embedded-chroma.js';

const DIMENSIONS = { clip: 16, dino: 8 };
const logger = new RecordingLogger();
let directory: string;
let chroma: EmbeddedChroma;
let connection: ChromaConnection;
let opened = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-limits-'));
  chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
  connection = await connectEmbeddedChroma(chroma);
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A store of its own for each test. */
function open({ batchSize }: { batchSize: number }): Promise<VectorStore & AsyncDisposable> {
  const encoders = {
    clip: { id: 'test/clip', dimensions: DIMENSIONS.clip },
    dino: { id: 'test/dino', dimensions: DIMENSIONS.dino },
  };
  return openChromaVectorStore({ connection, collectionName: `test-${String(++opened)}`, encoders, batchSize, logger });
}

const sample = (itemId: string, changes?: Parameters<typeof sampleItem>[2]): EmbeddedItem =>
  sampleItem(itemId, DIMENSIONS, changes);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('limits of the server', () => {
  test('more ids and rows than a page holds are all read', async () => {
    const store = await open({ batchSize: 5_000 });
    const items = Array.from({ length: 5_100 }, (_, i) => sample(`i${String(i)}`));
    await store.upsert(items);
    expect(await store.count()).toBe(5_100);
    expect(new Set(await collect(store.getAllIds())).size).toBe(5_100);
    expect(new Set((await collect(store.listItems())).map(({ item }) => item.itemId)).size).toBe(5_100);
    const ids = items.map(({ item }) => item.itemId).reverse();
    expect((await store.filterStored(ids)).size).toBe(5_100);
    expect((await store.getByIds(ids)).map(({ item }) => item.itemId)).toEqual(ids);
    await store.delete(ids.slice(0, 5_099));
    expect(await store.count()).toBe(1);
  });

  test('what is larger than a request may be is stored, and changed, in parts', async () => {
    const store = await open({ batchSize: 1_000 });
    // 49 MB in all, and the server takes 40.
    const long = 'x'.repeat(16_384);
    const texts = { title: long, description: long, category: long };
    const items = Array.from({ length: 1_000 }, (_, i) => sample(`i${String(i)}`, { item: texts }));
    expect(await store.upsert(items)).toMatchObject({ successCount: 1_000, failures: [] });
    expect(await store.count()).toBe(1_000);
    await store.updateMetadata(items.map(({ item, provenance }) => ({ item: { ...item, price: 5 }, provenance })));
    const [last] = await store.getByIds(['i999']);
    expect(last?.item.price).toBe(5);
  });
});
