import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { dot, normalise, type DualEmbedding, type EmbeddingSpace } from './embedding.js';
import { compareHits, fuse, fusedSearch, normaliseWeights, type FusedHit } from './fusion.js';

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
                    .map(({ itemId, vectors }) => ({ itemId, score: dot(query[space], vectors[space]) }))
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
