import { describe, expect, test } from '@jest/globals';

import { seededRandom } from '../testing/sample-items.js';
import { bootstrap, isNoise } from './bootstrap.js';

describe('bootstrap', () => {
  test('gives intervals that hold the true mean about 95 times of 100', () => {
    const random = seededRandom(1);
    let held = 0;
    for (let round = 0; round < 200; round++) {
      const { low, high } = bootstrap(
        Array.from({ length: 60 }, () => (random() < 0.3 ? 1 : 0)),
        random,
      );
      if (low <= 0.3 && high >= 0.3) held++;
    }
    expect(held).toBeGreaterThanOrEqual(180);
    expect(held).toBeLessThan(200);
  });

  test('has no width where all values are one', () => {
    expect(bootstrap([0.5, 0.5, 0.5], seededRandom(2))).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  test('refuses no values', () => {
    expect(() => bootstrap([], seededRandom(3))).toThrow(RangeError);
  });

  test('a difference is noise when its interval has 0 in it', () => {
    expect(isNoise({ mean: 0.1, low: -0.01, high: 0.2 })).toBe(true);
    expect(isNoise({ mean: 0.1, low: 0.01, high: 0.2 })).toBe(false);
    expect(isNoise({ mean: -0.1, low: -0.2, high: -0.01 })).toBe(false);
  });
});
