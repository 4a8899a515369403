import { ItemError, normalise, type DualEmbedding } from '@fashionmatch/domain';
import { InMemoryVectorStore, randomEmbedding, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';

import { nearestByScan } from '../search/nearest-items.js';
import { compareEvaluations, evaluateSearch } from './evaluate-search.js';
import { ofLabels, queriesByField } from './evaluation-queries.js';
import { rankedIds } from './ranked-ids.js';

const DIMENSIONS = { clip: 24, dino: 24 };
const WEIGHTS = { clip: 0.6, dino: 0.4 };
const OPTIONS = { weights: WEIGHTS, cutoffs: [5, 10], depth: 20 };
const BRANDS = 30;

const noImages = (): Promise<DualEmbedding> =>
  Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist'));

/** Ten items a brand, which CLIP's vectors tell from other brands as well as `signal` says, and DINOv2's not at all. */
async function storeOf(signal: number): Promise<InMemoryVectorStore> {
  const random = seededRandom(5);
  const centres = Array.from({ length: BRANDS }, () => randomEmbedding(DIMENSIONS, random).clip);
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(
    Array.from({ length: BRANDS * 10 }, (_, i) => {
      const brand = i % BRANDS;
      const { clip: noise, dino } = randomEmbedding(DIMENSIONS, random);
      const clip = normalise(noise.map((value, at) => value + signal * (centres[brand]?.[at] ?? 0)));
      const { item, provenance } = sampleItem(`item-${String(i)}`, DIMENSIONS, {
        item: { brand: brand % 2 === 0 ? `Brand ${String(brand)}` : `BRAND ${String(brand)}` },
      });
      return { item, provenance, embeddings: { clip, dino } };
    }),
  );
  return store;
}

let store: InMemoryVectorStore;

beforeAll(async () => {
  store = await storeOf(0.8);
});

describe('rankedIds', () => {
  test('ranks as a scan of all items does, for any weights', async () => {
    const query = randomEmbedding(DIMENSIONS, seededRandom(9));
    const all = [{ clip: 1, dino: 0 }, WEIGHTS, { clip: 0, dino: 1 }];
    const rankings = await rankedIds(store, query, all, 15);
    for (const [i, weights] of all.entries()) {
      const { results: best } = await nearestByScan(store, { embedding: query, weights, topK: 15 });
      expect(rankings[i]).toEqual(best.map(({ itemId }) => itemId));
    }
  });
});

describe('evaluateSearch', () => {
  test('measures what a stored item finds beside itself', async () => {
    const query = 'item-7';
    const [stored] = await store.getByIds([query]);
    if (!stored) throw new RangeError('not stored');
    const { results: best } = await nearestByScan(store, { embedding: stored.embeddings, weights: WEIGHTS, topK: 4 });
    const [, first, , third] = best.map(({ itemId }) => itemId);
    const judged = new Map([
      [first ?? '', 1],
      [third ?? '', 1],
      ['unheard-of', 1],
    ]);
    const { queries, metrics } = await evaluateSearch(
      { store, embed: noImages },
      ofLabels([{ query, judged }]),
      OPTIONS,
    );
    expect(queries).toMatchObject([{ query, relevant: 3, metrics: { 'precision@5': 0.4, 'recall@5': 2 / 3, mrr: 1 } }]);
    expect(queries[0]?.first.slice(0, 3).map(({ isRight }) => isRight)).toEqual([true, false, true]);
    expect(metrics['map']).toMatchObject({ mean: (1 + 2 / 3) / 3 });
  });

  test('encodes what is no stored item, and goes on where that fails', async () => {
    const embedding = randomEmbedding(DIMENSIONS, seededRandom(9));
    const [best] = (await nearestByScan(store, { embedding, weights: WEIGHTS, topK: 1 })).results;
    const embed = (path: string): Promise<DualEmbedding> =>
      path === 'dress.jpg' ? Promise.resolve(embedding) : noImages();
    const judged = new Map([[best?.itemId ?? '', 1]]);
    const labels = ['dress.jpg', 'none.jpg'].map((query) => ({ query, judged }));
    const { queries, failures } = await evaluateSearch({ store, embed }, ofLabels(labels), OPTIONS);
    expect(queries).toMatchObject([{ query: 'dress.jpg', metrics: { mrr: 1 } }]);
    expect(failures).toEqual([{ query: 'none.jpg', reason: 'the file does not exist' }]);
  });

  test('finds the weights that were planted, and says what they gain', async () => {
    const queries = await queriesByField(store, 'brand', 100, seededRandom(3));
    const { sweep } = await evaluateSearch({ store, embed: noImages }, queries, { ...OPTIONS, sweep: 'ndcg@10' });
    expect(sweep).toMatchObject({ metric: 'ndcg@10', isNoise: false });
    expect(sweep?.weights.clip).toBeGreaterThanOrEqual(0.85);
    expect(sweep?.gain.low).toBeGreaterThan(0);
    expect(sweep?.means).toHaveLength(sweep?.tried.length ?? 0);
  });

  test('says that a gain is noise where neither space knows anything', async () => {
    const blind = await storeOf(0);
    const queries = await queriesByField(blind, 'brand', 100, seededRandom(3));
    const { sweep } = await evaluateSearch({ store: blind, embed: noImages }, queries, {
      ...OPTIONS,
      sweep: 'ndcg@10',
    });
    expect(sweep?.isNoise).toBe(true);
  });
});

describe('queriesByField', () => {
  test('takes items for alike whose value differs in case alone', async () => {
    const queries = await queriesByField(store, 'brand', 1_000, seededRandom(1));
    expect(queries).toHaveLength(BRANDS * 10);
    for (const { query, judged } of queries.slice(0, 5)) {
      const others = [...judged().keys()];
      expect(others).toHaveLength(9);
      expect(others).not.toContain(query);
    }
  });

  test('draws the same ones again', async () => {
    const names = async (): Promise<string[]> =>
      (await queriesByField(store, 'brand', 20, seededRandom(1))).map(({ query }) => query);
    const first = await names();
    expect(new Set(first).size).toBe(20);
    expect(await names()).toEqual(first);
  });

  test('passes over values that no other item has', async () => {
    expect(await queriesByField(store, 'title', 10, seededRandom(1))).toEqual([]);
  });
});

describe('compareEvaluations', () => {
  test('pairs the queries that both could try', () => {
    const one = (query: string, mrr: number) => ({ query, relevant: 1, metrics: { mrr }, first: [] });
    const { queries, differences } = compareEvaluations(
      { queries: [one('a', 0.5), one('b', 0.25), one('c', 1)] },
      { queries: [one('b', 0.5), one('a', 0.75), one('d', 0)] },
    );
    expect(queries).toBe(2);
    expect(differences).toEqual({ mrr: { mean: 0.25, low: 0.25, high: 0.25 } });
  });
});
