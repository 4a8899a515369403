import { normalise } from '@fashionmatch/domain';
import { randomEmbedding, seededRandom } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { comparePrecisions } from './precision-comparison.js';

const random = seededRandom(3);
const embeddings = Array.from({ length: 20 }, () => randomEmbedding({ clip: 16, dino: 8 }, random));

test('the same vectors agree in everything', () => {
  const { images, spaces } = comparePrecisions(embeddings, embeddings);
  expect(images).toBe(20);
  for (const { meanCosine, minCosine, sameNearest } of [spaces.clip, spaces.dino]) {
    expect(meanCosine).toBeCloseTo(1, 6);
    expect(minCosine).toBeCloseTo(1, 6);
    expect(sameNearest).toBe(1);
  }
});

test('one image that differs shows in the smallest cosine, and in one space only', () => {
  const turned = embeddings.map((embedding, i) =>
    i === 7 ? { ...embedding, clip: normalise(embedding.clip.map((value) => -value)) } : embedding,
  );
  const { spaces } = comparePrecisions(embeddings, turned);
  expect(spaces.clip.minCosine).toBeCloseTo(-1, 6);
  expect(spaces.clip.meanCosine).toBeCloseTo(18 / 20, 6);
  expect(spaces.clip.sameNearest).toBeLessThan(1);
  expect(spaces.dino.minCosine).toBeCloseTo(1, 6);
});

test('lists that do not belong together are refused', () => {
  expect(() => comparePrecisions(embeddings, embeddings.slice(1))).toThrow(RangeError);
  expect(() => comparePrecisions([], [])).toThrow(RangeError);
});
