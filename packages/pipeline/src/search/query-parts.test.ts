import { describe, expect, test } from '@jest/globals';

import { combined, cut } from './query-parts.js';

/** Each pixel's red is its column, its green its row. */
function image(width: number, height: number) {
  const pixels = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width), 0]);
  return { width, height, data: Uint8Array.from(pixels.flat()) };
}

describe('cut', () => {
  test('gives the pixels of a region', () => {
    const { width, height, data } = cut(image(10, 8), { x: 0.2, y: 0.5, width: 0.3, height: 0.25 });
    expect({ width, height }).toEqual({ width: 3, height: 2 });
    expect([...data]).toEqual([2, 4, 0, 3, 4, 0, 4, 4, 0, 2, 5, 0, 3, 5, 0, 4, 5, 0]);
  });

  test('gives one pixel at least, and never one outside', () => {
    expect(cut(image(10, 8), { x: 0.999, y: 0.999, width: 0.001, height: 0.001 })).toMatchObject({
      width: 1,
      height: 1,
    });
    expect(cut(image(3, 3), { x: 0, y: 0, width: 1, height: 1 }).data).toEqual(image(3, 3).data);
    const whole = image(4, 4);
    expect(cut(whole, undefined)).toBe(whole);
  });
});

describe('combined', () => {
  test('is the direction of all by their weights', () => {
    const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const sum = combined([
      { vector: x, weight: 3 },
      { vector: y, weight: -4 },
    ]);
    expect(sum[0]).toBeCloseTo(0.6);
    expect(sum[1]).toBeCloseTo(-0.8);
  });

  test('refuses what cancels itself out', () => {
    const vector = Float32Array.of(1, 0);
    const parts = [1, -1].map((weight) => ({ vector, weight }));
    expect(() => combined(parts)).toThrow('cancel each other out');
  });
});
