import { normalise } from '@fashionmatch/domain';
import { randomEmbedding, seededRandom } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { comparePrecisions } from './precision-comparison.js';

const random = seededRandom(3);
const embeddings = Array.from({ length: 20 }, () => randomEmbedding({ clip: 16, dino: 8 }, random));

test('the same vectors agree in everything', () => {
  const { images, spaces } = comparePrecisions(embeddings, embeddings);
  expect(images).toBe(20);
  for (const { meanCosine, minCosine, sameNearest, nearestOverlap } of [spaces.clip, spaces.dino]) {
    expect(meanCosine).toBeCloseTo(1, 6);
    expect(minCosine).toBeCloseTo(1, 6);
    expect(sameNearest).toBe(1);
    expect(nearestOverlap).toBe(1);
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
  expect(spaces.clip.nearestOverlap).toBeLessThan(1);
  expect(spaces.clip.nearestOverlap).toBeGreaterThan(0.8);
  expect(spaces.dino.minCosine).toBeCloseTo(1, 6);
});

test('of few images all others are neighbours, and of a single one there are none', () => {
  const [first, second, third] = embeddings;
  const few = [first, second, third].flatMap((one) => one ?? []);
  expect(comparePrecisions(few, few).spaces.clip).toMatchObject({ sameNearest: 1, nearestOverlap: 1 });
  expect(comparePrecisions(few.slice(1, 2), few.slice(1, 2)).spaces.dino.nearestOverlap).toBeNaN();
});

test('lists that do not belong together are refused', () => {
  expect(() => comparePrecisions(embeddings, embeddings.slice(1))).toThrow(RangeError);
  expect(() => comparePrecisions([], [])).toThrow(RangeError);
});
