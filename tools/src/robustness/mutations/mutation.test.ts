import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '@fashionmatch/domain/testing';

import { mutant, mutate, MUTATIONS } from './mutation.js';

const source = Uint8Array.from({ length: 2000 }, (_, i) => i);
const donor = new Uint8Array(1000).fill(255);
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

/** Places where the bytes are not those of the source. */
function changes(mutation: 'flip' | 'header', seed: number): number[] {
  const bytes = mutate(mutation, source, donor, seededRandom(seed));
  expect(bytes).toHaveLength(source.length);
  return [...source.keys()].filter((i) => bytes[i] !== source[i]);
}

describe('mutate', () => {
  test('flip changes a few bytes anywhere', () => {
    const counts = SEEDS.map((seed) => changes('flip', seed).length);
    expect(Math.max(...counts)).toBe(8);
    expect(Math.max(...SEEDS.flatMap((seed) => changes('flip', seed)))).toBeGreaterThan(1900);
  });

  test('header changes a few of the first bytes', () => {
    const places = SEEDS.flatMap((seed) => changes('header', seed));
    expect(places.length).toBeGreaterThan(SEEDS.length);
    expect(Math.max(...places)).toBeLessThan(512);
  });

  test('truncate leaves a start', () => {
    const lengths = SEEDS.map((seed) => {
      const bytes = mutate('truncate', source, donor, seededRandom(seed));
      expect(bytes).toEqual(source.subarray(0, bytes.length));
      return bytes.length;
    });
    expect(Math.min(...lengths)).toBeLessThan(100);
    expect(Math.max(...lengths)).toBeGreaterThan(1900);
    expect(Math.max(...lengths)).toBeLessThan(source.length);
  });

  test('splice joins a start and an end', () => {
    const bytes = [...mutate('splice', source, donor, seededRandom(1))];
    const seam = bytes.findIndex((byte, i) => byte !== source[i]);
    expect(seam).toBeGreaterThan(0);
    expect(bytes.slice(seam)).toEqual(Array.from({ length: bytes.length - seam }, () => 255));
  });

  test('the source stays as it is, be it a Buffer', () => {
    const buffer = Buffer.from(source);
    for (const mutation of MUTATIONS) mutate(mutation, buffer, buffer, seededRandom(3));
    expect(buffer.equals(source)).toBe(true);
  });
});

describe('mutant', () => {
  const image = { extension: '.png', bytes: source };
  const sources = { large: [image], small: [{ extension: '.gif', bytes: donor }] } as const;
  const row = (seed: number) => SEEDS.map((place) => mutant(sources, seed, place));

  test('is the same for the same seed and place, and another elsewhere', () => {
    expect(row(1)).toEqual(row(1));
    expect(row(2)).not.toEqual(row(1));
    expect(new Set(row(1).map(({ name }) => name)).size).toBe(SEEDS.length);
  });

  test('comes of every mutation, and of large and small images', () => {
    expect(new Set(row(1).map(({ mutation }) => mutation))).toEqual(new Set(MUTATIONS));
    expect(row(1).filter(({ name }) => name.endsWith('.png'))).toHaveLength(SEEDS.length / 4);
  });
});
