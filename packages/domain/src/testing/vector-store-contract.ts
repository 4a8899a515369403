import assert from 'node:assert/strict';

import { dot, normalise, type PerSpace } from '../embedding.js';
import { EmbeddingDimensionError, ItemNotFoundError } from '../errors.js';
import type { EmbeddedItem } from '../fashion-item.js';
import type { MetadataFilter } from '../metadata-filter.js';
import type { VectorStore } from '../ports/vector-store.js';
import { collect, withOpened, type DeclareTest, type Open } from './contract.js';
import { randomUnitVector, sampleItem, seededRandom } from './sample-items.js';

const DIMENSIONS: PerSpace<number> = { clip: 16, dino: 8 };

/** Float32 storage and float32 distances, with room to spare. */
const SCORE_TOLERANCE = 1e-5;

const sample = (itemId: string, changes?: Parameters<typeof sampleItem>[2]): EmbeddedItem =>
  sampleItem(itemId, DIMENSIONS, changes);

const sampleMany = (count: number): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) => sample(`item-${String(i).padStart(4, '0')}`));

const withoutVectors = ({ item, provenance }: EmbeddedItem): Pick<EmbeddedItem, 'item' | 'provenance'> => ({
  item,
  provenance,
});

function withVector(item: EmbeddedItem, change: Partial<EmbeddedItem['embeddings']>): EmbeddedItem {
  return { ...item, embeddings: { ...item.embeddings, ...change } };
}

async function sortedIds(store: VectorStore): Promise<string[]> {
  return (await collect(store.getAllIds())).sort();
}

/** What every {@link VectorStore} guarantees. `open` gives an empty store for vectors of these dimensions. */
export function vectorStoreContract(test: DeclareTest, open: Open<VectorStore, PerSpace<number>>): void {
  const check = (name: string, run: (store: VectorStore) => Promise<void>): unknown =>
    test(`vector store: ${name}`, () => withOpened(open(DIMENSIONS), run));

  describeReading(check);
  describeWriting(check);
  describeRefusals(check);
  describeSearch(check);
}

type Check = (name: string, run: (store: VectorStore) => Promise<void>) => unknown;

function describeReading(check: Check): void {
  check('an empty store has no items', async (store) => {
    assert.equal(await store.count(), 0);
    assert.deepEqual(await sortedIds(store), []);
    assert.deepEqual(await collect(store.listItems()), []);
  });

  check('an empty store finds nothing', async (store) => {
    assert.deepEqual(await store.filterStored(['a']), new Set());
    assert.deepEqual(await store.getByIds(['a']), []);
    const vector = randomUnitVector(DIMENSIONS.clip, seededRandom(1));
    assert.deepEqual(await store.search({ space: 'clip', vector, topK: 5 }), []);
  });

  check('what was stored comes back whole', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    const [read, ...others] = await store.getByIds(['a']);
    assert.ok(read);
    assert.equal(others.length, 0);
    assert.deepEqual(withoutVectors(read), withoutVectors(stored));
    assert.deepEqual([...read.embeddings.clip], [...stored.embeddings.clip]);
    assert.deepEqual([...read.embeddings.dino], [...stored.embeddings.dino]);
  });

  check('absent texts come back as empty texts', async (store) => {
    await store.upsert([sample('a', { item: { brand: '', description: '', size: '', price: 0 } })]);
    const [read] = await store.getByIds(['a']);
    assert.equal(read?.item.brand, '');
    assert.equal(read.item.price, 0);
  });

  check('texts of any script and odd ids survive', async (store) => {
    const item = sample('ref_Ünï code 👗_1', { item: { title: 'Robe "d’été" \\ 连衣裙 <b>' } });
    await store.upsert([item]);
    const [read] = await store.getByIds([item.item.itemId]);
    assert.deepEqual(read?.item, item.item);
  });

  check('a broken surrogate pair is mended, not refused', async (store) => {
    const result = await store.upsert([sample('a', { item: { title: 'half \ud83d done' } })]);
    assert.equal(result.successCount, 1);
    const [read] = await store.getByIds(['a']);
    assert.equal(read?.item.title, 'half \ufffd done');
  });

  check('items come back in the order asked for, without those that are not stored', async (store) => {
    await store.upsert(sampleMany(5));
    const read = await store.getByIds(['item-0003', 'nowhere', 'item-0000', 'item-0004']);
    assert.deepEqual(
      read.map((item) => item.item.itemId),
      ['item-0003', 'item-0000', 'item-0004'],
    );
  });

  check('nothing asked for is nothing given', async (store) => {
    assert.deepEqual(await store.getByIds([]), []);
    assert.deepEqual(await store.filterStored([]), new Set());
  });

  check('filterStored names exactly the stored ids', async (store) => {
    await store.upsert(sampleMany(3));
    assert.deepEqual(await store.filterStored(['item-0001', 'x', 'item-0002']), new Set(['item-0001', 'item-0002']));
  });

  check('every id and every item is listed once', async (store) => {
    const items = sampleMany(250);
    await store.upsert(items);
    assert.deepEqual(
      await sortedIds(store),
      items.map((item) => item.item.itemId),
    );
    const listed = await collect(store.listItems());
    assert.deepEqual(listed.map((entry) => entry.item.itemId).sort(), await sortedIds(store));
    assert.equal(await store.count(), 250);
  });

  check('listed items carry metadata and provenance', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    assert.deepEqual(await collect(store.listItems()), [withoutVectors(stored)]);
  });

  check('a listing that is left early leaves the store usable', async (store) => {
    await store.upsert(sampleMany(10));
    for await (const id of store.getAllIds()) {
      assert.ok(id);
      break;
    }
    assert.equal(await store.count(), 10);
  });
}

function describeWriting(check: Check): void {
  check('an upsert says how many it stored', async (store) => {
    const result = await store.upsert(sampleMany(3));
    assert.equal(result.successCount, 3);
    assert.deepEqual(result.failures, []);
    assert.ok(result.totalTimeSeconds >= 0);
  });

  check('an empty upsert does nothing', async (store) => {
    assert.equal((await store.upsert([])).successCount, 0);
    assert.equal(await store.count(), 0);
  });

  check('the same item twice is one item', async (store) => {
    await store.upsert([sample('a')]);
    await store.upsert([sample('a')]);
    assert.equal(await store.count(), 1);
  });

  check('an upsert replaces vectors, metadata and provenance', async (store) => {
    await store.upsert([sample('a')]);
    const changed = sample('a', {
      seed: 99,
      item: { title: 'New', price: 3, brand: '' },
      provenance: { contentSha256: 'cd'.repeat(32), fileSize: 5 },
    });
    await store.upsert([changed]);
    const [read] = await store.getByIds(['a']);
    assert.ok(read);
    assert.deepEqual(withoutVectors(read), withoutVectors(changed));
    assert.deepEqual([...read.embeddings.dino], [...changed.embeddings.dino]);
  });

  check('an upsert leaves other items alone', async (store) => {
    await store.upsert([sample('a'), sample('b')]);
    await store.upsert([sample('a', { seed: 4, item: { title: 'New' } })]);
    const [read] = await store.getByIds(['b']);
    assert.deepEqual(read?.item, sample('b').item);
  });

  check('metadata changes without touching the vectors', async (store) => {
    const stored = sample('a');
    await store.upsert([stored, sample('b')]);
    const { item, provenance } = sample('a', { item: { price: 1, description: '' }, provenance: { fileMtimeMs: 5 } });
    await store.updateMetadata([{ item, provenance }]);
    const [read] = await store.getByIds(['a']);
    assert.ok(read);
    assert.deepEqual(withoutVectors(read), { item, provenance });
    assert.deepEqual([...read.embeddings.clip], [...stored.embeddings.clip]);
  });

  check('metadata of an item that is not stored changes nothing', async (store) => {
    await store.upsert([sample('a')]);
    const changed = withoutVectors(sample('a', { item: { title: 'New' } }));
    await assert.rejects(store.updateMetadata([changed, withoutVectors(sample('nowhere'))]), (error) => {
      assert.ok(error instanceof ItemNotFoundError);
      assert.deepEqual(error.itemIds, ['nowhere']);
      return true;
    });
    assert.equal((await store.getByIds(['a']))[0]?.item.title, sample('a').item.title);
    assert.equal(await store.count(), 1);
  });

  check('a metadata update of nothing does nothing', async (store) => {
    await store.updateMetadata([]);
    assert.equal(await store.count(), 0);
  });

  check('deleted items are gone, others stay', async (store) => {
    await store.upsert(sampleMany(4));
    await store.delete(['item-0001', 'item-0003', 'nowhere']);
    assert.deepEqual(await sortedIds(store), ['item-0000', 'item-0002']);
    assert.deepEqual(await store.getByIds(['item-0001']), []);
  });

  check('deleting nothing does nothing', async (store) => {
    await store.upsert([sample('a')]);
    await store.delete([]);
    assert.equal(await store.count(), 1);
  });

  check('a deleted item can be stored again', async (store) => {
    await store.upsert([sample('a')]);
    await store.delete(['a']);
    await store.upsert([sample('a', { item: { title: 'Again' } })]);
    assert.equal((await store.getByIds(['a']))[0]?.item.title, 'Again');
  });

  check('clear removes everything, and the store stays usable', async (store) => {
    await store.upsert(sampleMany(5));
    await store.clear();
    assert.equal(await store.count(), 0);
    assert.deepEqual(await sortedIds(store), []);
    await store.upsert([sample('a')]);
    assert.equal(await store.count(), 1);
  });

  check('concurrent upserts of different items are all stored', async (store) => {
    const items = sampleMany(40);
    await Promise.all([0, 10, 20, 30].map((at) => store.upsert(items.slice(at, at + 10))));
    assert.equal(await store.count(), 40);
  });

  check('later changes to the arrays given do not reach the store', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    const before = [...stored.embeddings.clip];
    stored.embeddings.clip.fill(0);
    assert.deepEqual([...((await store.getByIds(['a']))[0]?.embeddings.clip ?? [])], before);
  });
}

function describeRefusals(check: Check): void {
  const refusesVector = (name: string, spoil: (item: EmbeddedItem) => EmbeddedItem): unknown =>
    check(`refuses a vector ${name}, and stores nothing of that call`, async (store) => {
      await assert.rejects(store.upsert([sample('good'), spoil(sample('bad'))]), EmbeddingDimensionError);
      assert.equal(await store.count(), 0);
    });

  refusesVector('of too few dimensions', (item) => withVector(item, { clip: normalise(new Float32Array(15).fill(1)) }));
  refusesVector('of too many dimensions', (item) => withVector(item, { dino: normalise(new Float32Array(9).fill(1)) }));
  refusesVector('without dimensions', (item) => withVector(item, { dino: new Float32Array(0) }));
  refusesVector('with a NaN', (item) => withVector(item, { clip: item.embeddings.clip.map((v, i) => (i ? v : NaN)) }));
  refusesVector('with an infinity', (item) => withVector(item, { dino: item.embeddings.dino.map(() => Infinity) }));
  refusesVector('of length 0', (item) => withVector(item, { dino: new Float32Array(8) }));
  refusesVector('of length 2', (item) => withVector(item, { clip: item.embeddings.clip.map((v) => v * 2) }));

  check('refuses an id that occurs twice in one call', async (store) => {
    await assert.rejects(store.upsert([sample('a'), sample('b'), sample('a')]));
    assert.equal(await store.count(), 0);
  });

  const refusesItem = (name: string, bad: () => EmbeddedItem): unknown =>
    check(`refuses an item with ${name} and stores the others`, async (store) => {
      const spoilt = bad();
      const result = await store.upsert([sample('a'), spoilt, sample('b')]);
      assert.equal(result.successCount, 2);
      assert.deepEqual(
        result.failures.map((failure) => failure.itemId),
        [spoilt.item.itemId],
      );
      assert.ok(result.failures[0]?.reason);
      assert.deepEqual(await sortedIds(store), ['a', 'b']);
    });

  refusesItem('an empty id', () => sample(''));
  refusesItem('an id with a control character', () => sample('bad\u0000id'));
  refusesItem('an id of 2,000 characters', () => sample('x'.repeat(2000)));
  refusesItem('a price that is no number', () => sample('bad', { item: { price: Number.NaN } }));
  refusesItem('a negative price', () => sample('bad', { item: { price: -1 } }));
}

function describeSearch(check: Check): void {
  for (const space of ['clip', 'dino'] as const) {
    check(`finds the nearest items by cosine similarity in the ${space} space`, async (store) => {
      const items = sampleMany(60);
      await store.upsert(items);
      const vector = randomUnitVector(DIMENSIONS[space], seededRandom(5));
      const hits = await store.search({ space, vector, topK: 10 });
      const expected = items
        .map(({ item, embeddings }) => ({ itemId: item.itemId, score: dot(vector, embeddings[space]) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 10);
      assert.deepEqual(
        hits.map((hit) => hit.itemId),
        expected.map((hit) => hit.itemId),
      );
      for (const [i, hit] of hits.entries()) {
        assert.ok(Math.abs(hit.score - (expected[i]?.score ?? NaN)) < SCORE_TOLERANCE);
      }
    });
  }

  check('an item is its own nearest neighbour, with similarity 1', async (store) => {
    const items = sampleMany(20);
    await store.upsert(items);
    const vector = items[7]?.embeddings.clip ?? new Float32Array();
    const [first] = await store.search({ space: 'clip', vector, topK: 1 });
    assert.equal(first?.itemId, 'item-0007');
    assert.ok(Math.abs(first.score - 1) < SCORE_TOLERANCE);
  });

  check('gives all items when fewer than asked for are stored', async (store) => {
    await store.upsert(sampleMany(3));
    const vector = randomUnitVector(DIMENSIONS.dino, seededRandom(2));
    assert.equal((await store.search({ space: 'dino', vector, topK: 50 })).length, 3);
  });

  check('a deleted item is not found again', async (store) => {
    const items = sampleMany(5);
    await store.upsert(items);
    await store.delete(['item-0002']);
    const vector = items[2]?.embeddings.clip ?? new Float32Array();
    const hits = await store.search({ space: 'clip', vector, topK: 5 });
    assert.equal(
      hits.some((hit) => hit.itemId === 'item-0002'),
      false,
    );
  });

  check('refuses a query of the wrong dimensions', async (store) => {
    await store.upsert(sampleMany(2));
    const vector = normalise(new Float32Array(5).fill(1));
    await assert.rejects(store.search({ space: 'clip', vector, topK: 1 }), EmbeddingDimensionError);
  });

  const filters: [name: string, filter: MetadataFilter, ids: string[]][] = [
    ['equality', { op: 'eq', field: 'brand', value: 'Zara' }, ['a', 'c']],
    ['inequality', { op: 'ne', field: 'brand', value: 'Zara' }, ['b', 'd']],
    ['a lower bound', { op: 'gte', field: 'price', value: 30 }, ['c', 'd']],
    ['an exclusive upper bound', { op: 'lt', field: 'price', value: 30 }, ['a', 'b']],
    ['a choice', { op: 'in', field: 'brand', values: ['Cos', 'Weekday'] }, ['b', 'd']],
    ['the source', { op: 'eq', field: 'source', value: 'references' }, ['d']],
    [
      'and',
      {
        op: 'and',
        filters: [
          { op: 'eq', field: 'brand', value: 'Zara' },
          { op: 'gt', field: 'price', value: 20 },
        ],
      },
      ['c'],
    ],
    [
      'or',
      {
        op: 'or',
        filters: [
          { op: 'eq', field: 'brand', value: 'Cos' },
          { op: 'lte', field: 'price', value: 10 },
        ],
      },
      ['a', 'b'],
    ],
    [
      'not, over an or',
      {
        op: 'not',
        filter: {
          op: 'or',
          filters: [
            { op: 'eq', field: 'brand', value: 'Zara' },
            { op: 'gte', field: 'price', value: 40 },
          ],
        },
      },
      ['b'],
    ],
    ['not, over a choice', { op: 'not', filter: { op: 'in', field: 'brand', values: ['Zara', 'Cos'] } }, ['d']],
  ];
  for (const [name, filter, ids] of filters) {
    check(`narrows a search by ${name}`, async (store) => {
      await store.upsert([
        sample('a', { item: { brand: 'Zara', price: 10 } }),
        sample('b', { item: { brand: 'Cos', price: 20 } }),
        sample('c', { item: { brand: 'Zara', price: 30 } }),
        sample('d', { item: { brand: 'Weekday', price: 40 }, provenance: { source: 'references' } }),
      ]);
      const vector = randomUnitVector(DIMENSIONS.clip, seededRandom(3));
      const hits = await store.search({ space: 'clip', vector, topK: 10, filter });
      assert.deepEqual(hits.map((hit) => hit.itemId).sort(), ids);
    });
  }
}
