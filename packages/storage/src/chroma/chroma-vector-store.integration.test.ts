import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  CollectionError,
  otherSpace,
  narrow,
  parseMetadataFilter,
  type EmbeddedItem,
  type StoreFilter,
  type PerSpace,
  type VectorStore,
} from '@fashionmatch/domain';
import {
  randomUnitVector,
  RecordingLogger,
  sampleItem,
  seededRandom,
  vectorStoreContract,
} from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { ChromaCollection, NO_TEXTS } from './chroma-collection.js';
import { connectEmbeddedChroma, type ChromaConnection } from './connection/chroma-connection.js';
import { openChromaVectorStore, type ChromaVectorStoreOptions } from './chroma-vector-store.js';
import { openEmbeddedChroma, type EmbeddedChroma } from '../chroma-server/embedded-chroma.js';
import { revisionOf } from '../chroma-server/store-revision.js';

const DIMENSIONS: PerSpace<number> = { clip: 16, dino: 8 };
const logger = new RecordingLogger();
let directory: string;
let chroma: EmbeddedChroma;
let connection: ChromaConnection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-store-'));
  chroma = await openEmbeddedChroma({ persistDirectory: directory, logger });
  connection = await connectEmbeddedChroma(chroma);
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** For what another program would ask or write. */
const collectionsUrl = (): string =>
  `http://${chroma.host}:${String(chroma.port)}/api/v2/tenants/default_tenant/databases/default_database/collections`;

const newName = (): string => `test-${randomUUID()}`;

const encoders = (dimensions: PerSpace<number>): ChromaVectorStoreOptions['encoders'] => ({
  clip: { id: 'test/clip', dimensions: dimensions.clip },
  dino: { id: 'test/dino', dimensions: dimensions.dino },
});

function open(
  collectionName: string,
  changes: Partial<ChromaVectorStoreOptions> = {},
): Promise<VectorStore & AsyncDisposable> {
  const revision = (): Promise<string | undefined> => revisionOf(directory);
  const options = { connection, collectionName, encoders: encoders(DIMENSIONS), logger, revision };
  return openChromaVectorStore({ ...options, ...changes });
}

const sample = (itemId: string, changes?: Parameters<typeof sampleItem>[2]): EmbeddedItem =>
  sampleItem(itemId, DIMENSIONS, changes);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function collectionOf(collectionName: string, space: 'clip' | 'dino'): Promise<ChromaCollection> {
  const collection = await ChromaCollection.find(connection, `${collectionName}_${space}`);
  if (collection === undefined) throw new Error(`There is no ${collectionName}_${space}`);
  return collection;
}

vectorStoreContract(
  (name, run) => {
    test(name, run, 30_000);
  },
  (dimensions) => open(newName(), { encoders: encoders(dimensions) }),
);

describe('halves', () => {
  test.each(['clip', 'dino'] as const)('an item that is only in the %s collection is no item', async (space) => {
    const name = newName();
    const store = await open(name);
    await store.upsert([sample('whole'), sample('half')]);
    const other = otherSpace(space);
    await (await collectionOf(name, other)).delete(['half']);

    expect(await store.count()).toBe(1);
    expect(await collect(store.getAllIds())).toEqual(['whole']);
    expect((await collect(store.listItems())).map(({ item }) => item.itemId)).toEqual(['whole']);
    expect(await store.filterStored(['half', 'whole'])).toEqual(new Set(['whole']));
    expect(await store.getByIds(['half'])).toEqual([]);
    for (const searched of ['clip', 'dino'] as const) {
      const vector = sample('half').embeddings[searched];
      const here = searched === space ? ['half', 'whole'] : ['whole'];
      const hits = await store.candidates({ space: searched, vector, topK: 2 });
      expect(hits.map(({ itemId }) => itemId)).toEqual(here);
      const scores = await store.scores(['half', 'whole'], searched, vector);
      expect([...scores.keys()].sort()).toEqual(here);
    }

    await store.upsert([sample('half')]);
    expect(await store.count()).toBe(2);
  });

  /** The real server behind a connection that breaks after a number of requests, as a killed process's does. */
  function breakingAfter(requests: number): ChromaConnection {
    let left = requests;
    const request: ChromaConnection['request'] = (use) =>
      left-- > 0 ? connection.request(use) : Promise.reject(new Error('killed'));
    return { limits: connection.limits, request, write: request };
  }

  test('a replacement that is cut short anywhere never mixes two images, and the next one mends it', async () => {
    const before = ['a', 'b', 'c'].map((id) => sample(id));
    const after = ['a', 'b', 'd'].map((id) => sample(id, { seed: 77 }));
    const isOneOf = (read: EmbeddedItem, item: EmbeddedItem): boolean =>
      JSON.stringify(read.embeddings) === JSON.stringify(item.embeddings);

    let cutShort = 0;
    for (let requests = 0; ; requests++) {
      const name = newName();
      const whole = await open(name);
      await whole.upsert(before);
      // Two collections looked for, compared and counted.
      const opening = 6;
      const broken = await open(name, { connection: breakingAfter(opening + requests) });
      const isDone = await broken.upsert(after).then(
        () => true,
        () => false,
      );
      if (isDone) break;
      cutShort++;

      for (const read of await whole.getByIds(['a', 'b', 'c', 'd'])) {
        expect([...before, ...after].some((item) => item.item.itemId === read.item.itemId && isOneOf(read, item))).toBe(
          true,
        );
      }
      expect(await whole.filterStored(['c'])).toEqual(new Set(['c']));
      await whole.upsert(after);
      const mended = await whole.getByIds(['a', 'b', 'd']);
      expect(mended.map((item) => [...item.embeddings.clip])).toEqual(after.map((item) => [...item.embeddings.clip]));
      expect(mended.map((item) => [...item.embeddings.dino])).toEqual(after.map((item) => [...item.embeddings.dino]));
    }
    // Two looks, two removals, two writes.
    expect(cutShort).toBe(6);
  });

  test('concurrent upserts of one item end as one of them', async () => {
    const store = await open(newName());
    const versions = Array.from({ length: 6 }, (_, seed) => sample('a', { seed }));
    await Promise.all(versions.map((version) => store.upsert([version])));
    const [read] = await store.getByIds(['a']);
    const winner = versions.find(({ embeddings }) => embeddings.clip[0] === read?.embeddings.clip[0]);
    expect(read?.embeddings.dino).toEqual(winner?.embeddings.dino);
  });
});

describe('the largest filters that can be written', () => {
  const deepest = (levels: number): string =>
    levels === 0 ? 'price<=9.5' : `(brand=Cos or price>=0.5 and ${deepest(levels - 1)})`;
  const fractions = Array.from({ length: 100 }, (_, i) => `${String(i)}.5`).join();

  test.each([
    ['deep', deepest(16), ['9']],
    ['wide', `price in (${fractions})`, ['10.5']],
    ['wide and negated', `not price in (${fractions})`, ['9']],
  ])('are understood: %s', async (_, filter, ids) => {
    const store = await open(newName());
    await store.upsert([0, 9, 10.5].map((price) => sample(String(price), { item: { price, brand: 'Arket' } })));
    const vector = randomUnitVector(DIMENSIONS.dino, seededRandom(1));
    const hits = await store.candidates({
      space: 'dino',
      vector,
      topK: 5,
      filter: narrow(parseMetadataFilter(filter), () => ['Cos', 'Arket']).filter,
    });
    expect(hits.map(({ itemId }) => itemId).sort()).toEqual(ids);
  });
});

describe('the different values of a field', () => {
  /** Rows as another program writes them. */
  async function upsertRows(name: string, metadatas: object[], from = 0): Promise<void> {
    const { id } = z.object({ id: z.string() }).parse(await (await fetch(`${collectionsUrl()}/${name}_clip`)).json());
    const vectors = metadatas.map((_, i) => [...randomUnitVector(DIMENSIONS.clip, seededRandom(i))]);
    const body = JSON.stringify({
      ids: metadatas.map((_, i) => `row-${String(from + i)}`),
      metadatas,
      embeddings: vectors,
    });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${collectionsUrl()}/${id}/upsert`, { method: 'POST', headers, body })).ok).toBe(true);
  }

  test('are learned however many rows have each, and those of rows without it are empty', async () => {
    const name = newName();
    const store = await open(name);
    // The first page shows one value alone.
    await upsertRows(
      name,
      Array.from({ length: 1_500 }, () => ({ brand: 'Zara' })),
    );
    await upsertRows(
      name,
      Array.from({ length: 1_200 }, (_, i) => ({ brand: `Brand ${String(i)}` })),
      1_500,
    );
    await upsertRows(name, [{ size: 'M' }, { brand: '' }], 2_700);
    const values = await store.distinctValues('brand', 5_000);
    expect(values?.length).toBe(1_202);
    expect(values).toEqual(expect.arrayContaining(['Zara', 'Brand 1199', '']));
    expect(await store.distinctValues('brand', 1_000)).toBeUndefined();
    // All rows but one have none.
    expect(await store.distinctValues('sellerId', 5_000)).toBeUndefined();
  }, 60_000);

  test('are not told where some are no texts', async () => {
    const name = newName();
    const store = await open(name);
    await upsertRows(name, [{ size: 38 }, { size: 'M', brand: 'Zara' }]);
    expect(await store.distinctValues('size', 10)).toBeUndefined();
    expect((await store.distinctValues('brand', 10))?.sort()).toEqual(['', 'Zara']);
  });

  test('can be asked for in great number', async () => {
    const store = await open(newName());
    await store.upsert(['Zara', 'ZARA', 'Cos'].map((brand, i) => sample(String(i), { item: { brand } })));
    const values = [...Array.from({ length: 5_000 }, (_, i) => `Brand ${String(i)}`), 'Zara', 'ZARA'];
    const vector = randomUnitVector(DIMENSIONS.clip, seededRandom(1));
    const idsOf = async (filter: StoreFilter): Promise<string[]> =>
      (await store.candidates({ space: 'clip', vector, topK: 5, filter })).map(({ itemId }) => itemId).sort();
    expect(await idsOf({ op: 'in', field: 'brand', values })).toEqual(['0', '1']);
    expect(await idsOf({ op: 'not', filter: { op: 'in', field: 'brand', values } })).toEqual(['2']);
    expect(await store.count({ op: 'in', field: 'brand', values })).toBe(2);
  });
});

describe('prices', () => {
  /** As another program reads them: to Chroma, 42 and 42.0 are values of two kinds. */
  async function rawPrices(name: string): Promise<string[]> {
    const { id }: { id: string } = JSON.parse(await (await fetch(`${collectionsUrl()}/${name}`)).text());
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ include: ['metadatas'] });
    const answer = await fetch(`${collectionsUrl()}/${id}/get`, { method: 'POST', headers, body });
    return [...(await answer.text()).matchAll(/[{,]"price":([^,}]*)/g)].map(([, price = '']) => price).sort();
  }

  test('are stored as decimals, by an upsert and by an update, whatever stands in the texts', async () => {
    const name = newName();
    const store = await open(name);
    const hostile = '","price":7,"{"price":8}';
    const items = [0, 42, 42.5, 1e15, 1e22].map((price) => sample(String(price), { item: { price, title: hostile } }));
    await store.upsert(items);
    const decimals = ['0.0', '1000000000000000.0', '1e+22', '42.0', '42.5'];
    for (const space of ['clip', 'dino']) expect(await rawPrices(`${name}_${space}`)).toEqual(decimals);
    await store.updateMetadata(items.map(({ item, provenance }) => ({ item: { ...item, price: 9 }, provenance })));
    for (const space of ['clip', 'dino']) expect(await rawPrices(`${name}_${space}`)).toEqual(Array(5).fill('9.0'));
    expect((await store.getByIds(['42']))[0]?.item).toMatchObject({ price: 9, title: hostile });
  });

  test('are compared rightly whether they are whole or not, where there are any', async () => {
    const store = await open(newName());
    const prices = [0, 0.5, 1, 9.99, 10, 10.2, 10.5, 11, 50];
    await store.upsert(prices.map((price) => sample(String(price), { item: { price } })));
    const vector = randomUnitVector(DIMENSIONS.clip, seededRandom(1));
    const tests = {
      eq: (price: number, bound: number) => price === bound,
      ne: (price: number, bound: number) => price !== bound,
      lt: (price: number, bound: number) => price < bound,
      lte: (price: number, bound: number) => price <= bound,
      gt: (price: number, bound: number) => price > bound,
      gte: (price: number, bound: number) => price >= bound,
    };
    const found: Record<string, string[]> = {};
    const expected: Record<string, string[]> = {};
    for (const op of ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const) {
      for (const value of [-0.5, 0, 0.5, 0.7, 10, 10.2, 10.5, 49.5, 50]) {
        const filter: StoreFilter = { op, field: 'price', value };
        const hits = await store.candidates({ space: 'clip', vector, topK: 20, filter });
        found[`${op} ${String(value)}`] = hits.map(({ itemId }) => itemId).sort();
        expected[`${op} ${String(value)}`] = prices
          .filter((price) => price > 0 && tests[op](price, value))
          .map(String)
          .sort();
      }
    }
    expect(found).toEqual(expected);
  });
});

describe('collections', () => {
  test('of another encoder are refused, naming both, until they are replaced', async () => {
    const name = newName();
    await (await open(name)).upsert([sample('a')]);
    const other = { ...encoders(DIMENSIONS), dino: { id: 'other/dino', dimensions: 8 } };
    await expect(open(name, { encoders: other })).rejects.toThrow(CollectionError);
    await expect(open(name, { encoders: other, create: false })).rejects.toMatchObject({
      code: 'ENCODER_MISMATCH',
      message: expect.stringMatching(
        /_dino holds vectors of test\/dino \(8 dimensions\), but other\/dino \(8 dimensions\) .*models\.dino_model.*--force/,
      ),
    });
    const replaced = await open(name, { encoders: other, replaceOther: true });
    expect(await replaced.count()).toBe(0);
    await replaced.upsert([sample('a')]);
    expect(await (await open(name, { encoders: other })).count()).toBe(1);
  });

  test('are not made for those who only read', async () => {
    const name = newName();
    const store = await open(name, { create: false });
    expect(await store.count()).toBe(0);
    expect(await collect(store.listItems())).toEqual([]);
    const vector = sample('a').embeddings.clip;
    expect(await store.candidates({ space: 'clip', vector, topK: 3 })).toEqual([]);
    await expect(store.upsert([sample('a')])).rejects.toThrow(/opened for reading only/);
    expect(await ChromaCollection.find(connection, `${name}_clip`)).toBeUndefined();
  });

  test('of a store without a server are empty', async () => {
    const store = await open(newName(), { connection: undefined });
    expect(await store.count()).toBe(0);
    expect(await store.filterStored(['a'])).toEqual(new Set());
    await expect(store.clear()).rejects.toThrow(/opened for reading only/);
  });

  async function makeForeign(name: string, dimensions: PerSpace<number>, distance: 'cosine' | 'l2'): Promise<void> {
    for (const space of ['clip', 'dino'] as const) {
      await connection.request(async (client) => {
        const foreign = await client.createCollection({
          name: `${name}_${space}`,
          embeddingFunction: null,
          configuration: { hnsw: { space: distance } },
        });
        await foreign.upsert({
          ids: ['old'],
          embeddings: [[...randomUnitVector(dimensions[space], seededRandom(1))]],
          metadatas: [{ title: 'Old', price: 5, url: 'https://shop.example/old' }],
        });
      });
    }
  }

  test('of the original program can be read, with a warning, but not written', async () => {
    const name = newName();
    await makeForeign(name, DIMENSIONS, 'cosine');
    const store = await open(name, { create: false });
    const [read] = await store.getByIds(['old']);
    expect(read?.item).toMatchObject({ title: 'Old', price: 5, brand: '' });
    expect(logger.events.some(({ level, message }) => level === 'warn' && message.includes('which encoder'))).toBe(
      true,
    );
    await expect(open(name)).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
  });

  test('of the original program with other dimensions or distance cannot be read', async () => {
    const [shorter, euclidean] = [newName(), newName()];
    await makeForeign(shorter, { clip: 4, dino: 4 }, 'cosine');
    await expect(open(shorter, { create: false })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    await makeForeign(euclidean, DIMENSIONS, 'l2');
    await expect(open(euclidean, { create: false })).rejects.toThrow(/does not compare by cosine/);
  });

  test('that another program made and never used become ours', async () => {
    const name = newName();
    await connection.request((client) => client.createCollection({ name: `${name}_clip`, embeddingFunction: null }));
    const store = await open(name);
    await store.upsert([sample('a')]);
    expect((await collectionOf(name, 'clip')).distance).toBe('cosine');
  });

  test('hold documents, by which other programs find items, as they are now', async () => {
    const name = newName();
    const store = await open(name);
    const texts = { title: 'Wool coat', brand: 'Arket', category: 'Coats', size: 'M' };
    await store.upsert([
      sample('a', { item: texts }),
      sample('b', { item: { title: 'Dress', brand: 'Cos', category: '' } }),
    ]);
    const found = (text: string): Promise<string[][]> =>
      Promise.all(
        ['clip', 'dino'].map((space) =>
          connection.request(async (client) => {
            const collection = await client.getCollection({ name: `${name}_${space}`, embeddingFunction: NO_TEXTS });
            return (await collection.get({ whereDocument: { $contains: text }, include: [] })).ids;
          }),
        ),
      );
    for (const text of ['Wool coat', 'Arket', 'Coats']) expect(await found(text)).toEqual([['a'], ['a']]);
    const before = (await store.getByIds(['a']))[0];
    const { item, provenance } = sample('a', { item: { ...texts, title: 'Red coat' } });
    await store.updateMetadata([{ item, provenance }]);
    expect([await found('Wool coat'), await found('Red coat')]).toEqual([[[], []], [['a'], ['a']]]); // prettier-ignore
    expect((await store.getByIds(['a']))[0]?.embeddings).toEqual(before?.embeddings);
    await store.upsert([sample('a', { item: { ...texts, title: '', brand: '', category: '', size: '' } })]);
    expect(await found('coat')).toEqual([[], []]);
  });

  test('hold the keys of the original program', async () => {
    const name = newName();
    await (await open(name)).upsert([sample('a', { item: { brand: '' } })]);
    for (const space of ['clip', 'dino'] as const) {
      const row = (await (await collectionOf(name, space)).getByIds(['a'])).get('a');
      expect(row?.metadata).toMatchObject({ title: 'Wool coat a', price: 24.5, brand: '', fm_source: 'scraped' });
    }
  });

  test('that were removed by another program meanwhile are an error that says so', async () => {
    const name = newName();
    const store = await open(name);
    await (await collectionOf(name, 'dino')).drop();
    await expect(store.filterStored(['a'])).rejects.toThrow(/removed while it was in use/);
  });
});
