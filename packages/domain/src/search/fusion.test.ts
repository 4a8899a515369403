import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { dot, normalise, type DualEmbedding, type EmbeddingSpace } from '../embedding.js';
import {
  compareHits,
  fuse,
  fusedSearch,
  normaliseWeights,
  type FusedHit,
  type FusedSearchSpace,
  type FusionWeights,
} from './fusion.js';
import { randomEmbedding, seededRandom } from '../testing/sample-items.js';

const vector = fc
  .array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 })
  .filter((values) => values.some((value) => value !== 0))
  .map((values) => normalise(Float32Array.from(values)));
const embedding: fc.Arbitrary<DualEmbedding> = fc.record({ clip: vector, dino: vector });
const weight = fc.constantFrom(0, 0.1, 0.4, 0.6, 1);

describe('fusedSearch', () => {
  test('equals brute force for any items, weights and k, ties included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(embedding, { maxLength: 120 }),
        embedding,
        fc.tuple(weight, weight).filter(([clip, dino]) => clip + dino > 0),
        fc.integer({ min: 1, max: 12 }),
        async (stored, query, [clip, dino], topK) => {
          const weights = normaliseWeights({ clip, dino });
          const items = stored.map((vectors, i) => ({ itemId: `item-${String(i)}`, vectors }));
          const byId = new Map(items.map((item) => [item.itemId, item.vectors]));
          const hits = await fusedSearch(
            {
              nearest: (space: EmbeddingSpace, width: number) =>
                Promise.resolve(
                  items
                    .map(({ itemId, vectors }) => {
                      const { similarityScore } = fuse(itemId, query, vectors, weights);
                      return { itemId, score: dot(query[space], vectors[space]), similarityScore };
                    })
                    .sort((a, b) => b.score - a.score)
                    .slice(0, width),
                ),
              score: (ids) =>
                Promise.resolve(
                  ids.flatMap((id): FusedHit[] => {
                    const vectors = byId.get(id);
                    return vectors === undefined ? [] : [fuse(id, query, vectors, weights)];
                  }),
                ),
            },
            weights,
            topK,
          );
          const expected = items
            .map(({ itemId, vectors }) => fuse(itemId, query, vectors, weights))
            .sort(compareHits)
            .slice(0, topK);
          expect(hits).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

interface Stored {
  readonly itemId: string;
  readonly vectors: DualEmbedding;
}

/** A store of these items that counts the vectors it gives out. `listed` says what its index finds. */
function spaceOf(
  items: readonly Stored[],
  query: DualEmbedding,
  weights: FusionWeights,
  listed: (itemId: string, space: EmbeddingSpace) => boolean = () => true,
): FusedSearchSpace & { listed: number; scored: number } {
  return {
    listed: 0,
    scored: 0,
    nearest(space, width) {
      const near = items
        .filter(({ itemId }) => listed(itemId, space))
        .map(({ itemId, vectors }, i) => {
          // The noise of float32 distances, different for each item and the same at every call.
          const noise = ((i % 3) - 1) * 1e-7;
          const { similarityScore } = fuse(itemId, query, vectors, weights);
          const score = dot(query[space], vectors[space]) + noise;
          return { itemId, score, similarityScore: similarityScore + weights[space] * noise };
        })
        .sort((a, b) => b.score - a.score)
        .slice(0, width);
      this.listed += near.length;
      return Promise.resolve(near);
    },
    score(itemIds) {
      this.scored += itemIds.length;
      const wanted = new Set(itemIds);
      return Promise.resolve(
        items
          .filter(({ itemId }) => wanted.has(itemId))
          .map(({ itemId, vectors }) => fuse(itemId, query, vectors, weights)),
      );
    },
  };
}

describe('fusedSearch over a store with float32 noise', () => {
  const dimensions = { clip: 24, dino: 16 };
  const random = seededRandom(7);
  const items = Array.from({ length: 3_000 }, (_, i): Stored => {
    return { itemId: `item-${String(i)}`, vectors: randomEmbedding(dimensions, random) };
  });
  const query = randomEmbedding(dimensions, random);
  const weights = { clip: 0.5, dino: 0.5 };
  const best = (among: readonly Stored[], topK: number): FusedHit[] =>
    among
      .map(({ itemId, vectors }) => fuse(itemId, query, vectors, weights))
      .sort(compareHits)
      .slice(0, topK);

  test('reads few vectors of items that cannot be among the best', async () => {
    const space = spaceOf(items, query, weights);
    expect(await fusedSearch(space, weights, 10)).toEqual(best(items, 10));
    // A listed item costs one vector, a scored one two.
    expect(space.listed + 2 * space.scored).toBeLessThan(2 * 300);
  });

  test('gives copies of one picture in the order of their ids, however many there are', async () => {
    const copies = Array.from({ length: 700 }, (_, i) => ({
      itemId: `copy-${String((i * 37) % 700).padStart(3, '0')}`,
      vectors: query,
    }));
    const hits = await fusedSearch(spaceOf([...items, ...copies], query, weights), weights, 5);
    expect(hits.map(({ itemId }) => itemId)).toEqual(['copy-000', 'copy-001', 'copy-002', 'copy-003', 'copy-004']);
  });

  test('finds in one list what an approximate index has left out of the other', async () => {
    const [lost] = best(items.slice(0, 20), 1);
    const space = spaceOf(
      items.slice(0, 20),
      query,
      weights,
      (itemId, name) => name === 'clip' || itemId !== lost?.itemId,
    );
    expect(await fusedSearch(space, weights, 6)).toEqual(best(items.slice(0, 20), 6));
  });

  test.each([100, 1_000])('goes without items that are gone by the time they are scored, of %i', async (count) => {
    const space = spaceOf(items.slice(0, count), query, weights);
    const [gone, ...others] = best(items.slice(0, count), 11);
    const withoutGone: FusedSearchSpace = {
      nearest: (name, width) => space.nearest(name, width),
      score: async (itemIds) => (await space.score(itemIds)).filter(({ itemId }) => itemId !== gone?.itemId),
    };
    expect(await fusedSearch(withoutGone, weights, 10)).toEqual(others);
  });
});

describe('fusedSearch over a store that lists no more than so many at once', () => {
  const dimensions = { clip: 24, dino: 16 };
  const random = seededRandom(11);
  const weights = { clip: 0.5, dino: 0.5 };
  const items = Array.from({ length: 2_000 }, (_, i): Stored => {
    return { itemId: `item-${String(i)}`, vectors: randomEmbedding(dimensions, random) };
  });

  async function hitsWithin(longest: number, topK: number) {
    const query = randomEmbedding(dimensions, random);
    const best = items
      .map(({ itemId, vectors }) => fuse(itemId, query, vectors, weights))
      .sort(compareHits)
      .map(({ itemId }) => itemId);
    const space = spaceOf(items, query, weights);
    const asked: number[] = [];
    const hits = await fusedSearch(
      {
        nearest: (name, width) => {
          asked.push(width);
          return space.nearest(name, Math.min(width, longest));
        },
        score: (itemIds) => space.score(itemIds),
        longestList: () => longest,
      },
      weights,
      topK,
    );
    const proven = hits.filter((hit) => !hit.unproven).map(({ itemId }) => itemId);
    return { hits, proven, best, asked };
  }

  test('what is proven is what brute force finds, and the rest is marked', async () => {
    const counts: number[] = [];
    for (const topK of [1, 5, 20, 50, 200]) {
      const { hits, proven, best, asked } = await hitsWithin(300, topK);
      expect(hits).toHaveLength(topK);
      expect(proven).toEqual(best.slice(0, proven.length));
      expect(hits.slice(0, proven.length).some((hit) => hit.unproven)).toBe(false);
      expect(asked.length).toBeLessThanOrEqual(6);
      counts.push(proven.length);
    }
    expect(counts[0]).toBe(1);
    expect(counts[4]).toBeLessThan(200);
  });

  test('more than the lists have together cannot be given', async () => {
    const { hits, proven, best } = await hitsWithin(50, 1_000);
    expect(hits.length).toBeLessThanOrEqual(100);
    expect(proven).toEqual(best.slice(0, proven.length));
  });

  test('nothing is marked when a list has come to its end', async () => {
    const { hits } = await hitsWithin(3_000, 1_000);
    expect(hits.some((hit) => hit.unproven)).toBe(false);
  });
});

test('scores stay within [-1, 1] though the lengths of vectors are rounded', () => {
  const long = Float32Array.of(1.000004);
  const opposite = Float32Array.of(-1.000004);
  const hit = fuse('a', { clip: long, dino: long }, { clip: long, dino: opposite }, { clip: 0.75, dino: 0.25 });
  expect(hit).toEqual({ itemId: 'a', clipScore: 1, dinoScore: -1, similarityScore: 0.5 });
});

describe('normaliseWeights', () => {
  test('scales to sum 1', () => {
    expect(normaliseWeights({ clip: 3, dino: 1 })).toEqual({ clip: 0.75, dino: 0.25 });
  });

  test.each([
    { clip: -1, dino: 2 },
    { clip: 0, dino: 0 },
    { clip: Number.NaN, dino: 1 },
    { clip: Number.POSITIVE_INFINITY, dino: 1 },
  ])('refuses %p', (weights) => {
    expect(() => normaliseWeights(weights)).toThrow(RangeError);
  });
});

test('a store that lists nothing is asked once', async () => {
  const asked: number[] = [];
  const nearest = (_: EmbeddingSpace, width: number): Promise<[]> => {
    asked.push(width);
    return Promise.resolve([]);
  };
  const space = { nearest, score: () => Promise.resolve([]) };
  expect(await fusedSearch(space, { clip: 0.5, dino: 0.5 }, 1)).toEqual([]);
  expect(asked).toHaveLength(2);
});
