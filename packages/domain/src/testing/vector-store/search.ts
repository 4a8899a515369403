import assert from 'node:assert/strict';

import { dot, normalise } from '../../embedding.js';
import { EmbeddingDimensionError } from '../../errors.js';
import { matchesFilter, type StoreFilter } from '../../search/metadata-filter.js';
import { parseMetadataFilter } from '../../search/parse-metadata-filter.js';
import { narrow } from '../../search/store-filter.js';
import { randomUnitVector, seededRandom } from '../sample-items.js';
import { DIMENSIONS, sample, sampleMany, type Check } from './samples.js';

/** Float32 storage and float32 distances, with room to spare. */
const SCORE_TOLERANCE = 1e-5;

/** A filter as a store is asked, whose brands are these. */
const inWordsOf = (text: string, brands: readonly string[]): StoreFilter =>
  narrow(parseMetadataFilter(text), (field) => (field === 'brand' ? brands : [])).filter;

export function describeSearch(check: Check): void {
  for (const space of ['clip', 'dino'] as const) {
    check(`finds the nearest items by cosine similarity in the ${space} space`, async (store) => {
      const items = sampleMany(60);
      await store.upsert(items);
      const vector = randomUnitVector(DIMENSIONS[space], seededRandom(5));
      const hits = await store.candidates({ space, vector, topK: 10 });
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

  for (const space of ['clip', 'dino'] as const) {
    check(`tells what items score in the ${space} space`, async (store) => {
      const items = sampleMany(30);
      await store.upsert(items);
      const vector = randomUnitVector(DIMENSIONS[space], seededRandom(6));
      const asked = items.slice(5, 20);
      const ids = asked.map(({ item }) => item.itemId);
      const scores = await store.scores(ids, space, vector);
      assert.deepEqual([...scores.keys()].sort(), ids);
      for (const { item, embeddings } of asked) {
        const score = scores.get(item.itemId) ?? NaN;
        assert.ok(Math.abs(score - dot(vector, embeddings[space])) < SCORE_TOLERANCE);
      }
    });
  }

  check('there is no score of an item that is not stored, or no longer', async (store) => {
    const items = sampleMany(3);
    await store.upsert(items);
    await store.delete(['item-0001']);
    const vector = randomUnitVector(DIMENSIONS.dino, seededRandom(7));
    const scores = await store.scores(['item-0001', 'none', '', 'item-0002', 'item-0002'], 'dino', vector);
    assert.deepEqual([...scores.keys()], ['item-0002']);
    assert.deepEqual(await store.scores([], 'clip', randomUnitVector(DIMENSIONS.clip, seededRandom(8))), new Map());
  });

  check('a changed item scores as it is now', async (store) => {
    const [old, renewed] = [sample('a', { seed: 1 }), sample('a', { seed: 2 })];
    const provenance = { ...renewed.provenance, contentSha256: 'ef'.repeat(32) };
    await store.upsert([old]);
    await store.upsert([{ ...renewed, provenance }]);
    const score = (await store.scores(['a'], 'clip', renewed.embeddings.clip)).get('a') ?? NaN;
    assert.ok(Math.abs(score - 1) < SCORE_TOLERANCE);
  });

  check('an item is its own nearest neighbour, with similarity 1', async (store) => {
    const items = sampleMany(20);
    await store.upsert(items);
    const vector = items[7]?.embeddings.clip ?? new Float32Array();
    const [first] = await store.candidates({ space: 'clip', vector, topK: 1 });
    assert.equal(first?.itemId, 'item-0007');
    assert.ok(Math.abs(first.score - 1) < SCORE_TOLERANCE);
  });

  check('gives all items when fewer than asked for are stored', async (store) => {
    await store.upsert(sampleMany(3));
    const vector = randomUnitVector(DIMENSIONS.dino, seededRandom(2));
    assert.equal((await store.candidates({ space: 'dino', vector, topK: 50 })).length, 3);
  });

  check('a deleted item is not found again', async (store) => {
    const items = sampleMany(5);
    await store.upsert(items);
    await store.delete(['item-0002']);
    const vector = items[2]?.embeddings.clip ?? new Float32Array();
    const hits = await store.candidates({ space: 'clip', vector, topK: 5 });
    assert.equal(
      hits.some((hit) => hit.itemId === 'item-0002'),
      false,
    );
  });

  check('refuses a query of the wrong dimensions', async (store) => {
    await store.upsert(sampleMany(2));
    const vector = normalise(new Float32Array(5).fill(1));
    await assert.rejects(store.candidates({ space: 'clip', vector, topK: 1 }), EmbeddingDimensionError);
    await assert.rejects(store.scores(['item-0001'], 'clip', vector), EmbeddingDimensionError);
  });

  const filters: [name: string, filter: StoreFilter, ids: string[]][] = [
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
      const hits = await store.candidates({ space: 'clip', vector, topK: 10, filter });
      assert.deepEqual(hits.map((hit) => hit.itemId).sort(), ids);
    });
  }

  check('counts what meets a condition', async (store) => {
    await store.upsert([
      sample('a', { item: { brand: 'Zara', price: 10 } }),
      sample('b', { item: { brand: 'zara', price: 0 } }),
      sample('c', { item: { brand: '', price: 30 } }),
    ]);
    assert.equal(await store.count({ op: 'in', field: 'brand', values: ['Zara', 'zara'] }), 2);
    assert.equal(await store.count({ op: 'gte', field: 'price', value: 0 }), 2);
    assert.equal(await store.count({ op: 'and', filters: [] }), 3);
    assert.equal(await store.count({ op: 'or', filters: [] }), 0);
  });

  check('tells the different values of a field, when they are not too many', async (store) => {
    assert.deepEqual(await store.distinctValues('brand', 10), []);
    const brands = ['Zara', 'zara', '', 'Zara', 'Größe 👗'];
    await store.upsert(brands.map((brand, i) => sample(String(i), { item: { brand } })));
    assert.deepEqual((await store.distinctValues('brand', 10))?.sort(), ['', 'Größe 👗', 'Zara', 'zara']);
    assert.deepEqual((await store.distinctValues('sellerId', 10))?.length, 1);
    assert.equal(await store.distinctValues('brand', 3), undefined);
  });

  check('tells a value that came since it was asked', async (store) => {
    await store.upsert([sample('a', { item: { brand: 'Zara' } })]);
    assert.deepEqual(await store.distinctValues('brand', 10), ['Zara']);
    await store.upsert([sample('b', { item: { brand: 'ZARA' } })]);
    assert.deepEqual((await store.distinctValues('brand', 10))?.sort(), ['ZARA', 'Zara']);
  });

  const conditionsOnPrice: [text: string, ids: string[]][] = [
    ['price<50', ['a']],
    ['price<=0', []],
    ['price>=0', ['a', 'b']],
    ['price=0', []],
    ['price!=10', ['b']],
    ['price in (0, 10)', ['a']],
    ['not price<50', ['b']],
    ['not price=0', ['a', 'b']],
    ['not price in (0, 10)', ['b']],
    ['not (price<50 and source=scraped)', ['b', 'look']],
    ['not (price<50 or brand=Cos)', ['b']],
    ['price<50 or source=references', ['a', 'look']],
  ];
  for (const [text, ids] of conditionsOnPrice) {
    check(`an item without a price meets no condition on the price: ${text}`, async (store) => {
      await store.upsert([
        sample('a', { item: { price: 10 } }),
        sample('b', { item: { price: 60.5 } }),
        sample('look', { item: { price: 0 }, provenance: { source: 'references' } }),
      ]);
      const vector = randomUnitVector(DIMENSIONS.dino, seededRandom(3));
      const hits = await store.candidates({
        space: 'dino',
        vector,
        topK: 10,
        filter: inWordsOf(text, ['Arket', 'Cos']),
      });
      assert.deepEqual(hits.map((hit) => hit.itemId).sort(), ids);
      const scanned = (await store.getByIds(['a', 'b', 'look'])).filter((item) =>
        matchesFilter(parseMetadataFilter(text), item),
      );
      assert.deepEqual(scanned.map(({ item }) => item.itemId), ids); // prettier-ignore
    });
  }
}
