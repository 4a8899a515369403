import { describe, expect, test } from '@jest/globals';

import { cosine, normalise, type DualEmbedding } from '../embedding.js';
import { randomEmbedding, seededRandom } from '../testing/sample-items.js';
import { closenessOf, percentiles, sampleScores } from './score-sample.js';

const DIMENSIONS = { clip: 24, dino: 16 };
const LEAST = { clip: 0.97, dino: 0.97 };
const WEIGHTS = { clip: 0.6, dino: 0.4 };

/** Items of some kinds, which have something in common, as garments have. */
function items(count: number, seed: number): DualEmbedding[] {
  const kinds = Array.from({ length: 8 }, (_, i) => randomEmbedding(DIMENSIONS, seededRandom(i)));
  const random = seededRandom(seed);
  const moved = (vector: Float32Array): Float32Array =>
    normalise(vector.map((value) => value + 0.6 * (random() - 0.5)));
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] ?? randomEmbedding(DIMENSIONS, random);
    return { clip: moved(kind.clip), dino: moved(kind.dino) };
  });
}

const fused = (a: DualEmbedding, b: DualEmbedding): number =>
  WEIGHTS.clip * cosine(a.clip, b.clip) + WEIGHTS.dino * cosine(a.dino, b.dino);

describe('percentiles', () => {
  test.each([95, 99, 99.9])('let pass about as many unrelated items as they say: %p', async (least) => {
    const percentile = percentiles(await sampleScores(items(1_000, 1), LEAST, seededRandom(2)), WEIGHTS);
    const heldOut = items(300, 3);
    const stored = items(300, 4);
    let passed = 0;
    for (const a of heldOut) for (const b of stored) if (percentile(fused(a, b)) >= least) passed++;
    const rate = passed / (heldOut.length * stored.length);
    const nominal = 1 - least / 100;
    expect(rate).toBeGreaterThan(nominal / 2);
    expect(rate).toBeLessThan(nominal * 2);
  });

  test('rise with the score, and are never sure', async () => {
    const percentile = percentiles(await sampleScores(items(200, 1), LEAST, seededRandom(2)), WEIGHTS);
    const values = [-1, 0, 0.3, 0.6, 1].map(percentile);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values[0]).toBeGreaterThan(0);
    expect(values[4]).toBeLessThan(100);
  });
});

describe('sampleScores', () => {
  test('leaves copies out', async () => {
    const [one] = items(1, 1);
    const copies = Array.from({ length: 50 }, () => one ?? randomEmbedding(DIMENSIONS, seededRandom(1)));
    const { scores } = await sampleScores(copies, LEAST, seededRandom(2));
    expect(scores.clip).toHaveLength(0);
  });

  test('has none where there are no two items', async () => {
    expect((await sampleScores(items(1, 1), LEAST, seededRandom(2))).scores.dino).toHaveLength(0);
    expect((await sampleScores([], LEAST, seededRandom(2))).scores.dino).toHaveLength(0);
  });
});

test.each([
  [50, { clip: 0.98, dino: 0.98 }, 'same picture'],
  [99.95, { clip: 0.98, dino: 0.5 }, 'very close'],
  [99.5, { clip: 0.5, dino: 0.5 }, 'close'],
  [98, { clip: 0.5, dino: 0.5 }, 'weak'],
])('a hit at percentile %p with %p is called %p', (percentile, scores, word) => {
  expect(closenessOf(percentile, scores, LEAST)).toBe(word);
});
