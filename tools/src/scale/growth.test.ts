import { expect, test } from '@jest/globals';

import { exponentBetween, linearithmicExponent } from './growth.js';

const curve = (of: (n: number) => number) => new Map([1_000, 10_000, 100_000].map((n) => [n, of(n)]));

test('the exponent of a curve is that of its power', () => {
  expect(
    exponentBetween(
      curve((n) => 3 * n),
      1_000,
      100_000,
    ),
  ).toBeCloseTo(1);
  expect(
    exponentBetween(
      curve((n) => n ** 2),
      10_000,
      100_000,
    ),
  ).toBeCloseTo(2);
  expect(
    exponentBetween(
      curve(() => 7),
      1_000,
      10_000,
    ),
  ).toBeCloseTo(0);
});

test('that of n·log n is a little more than 1', () => {
  expect(linearithmicExponent(10_000, 100_000)).toBeCloseTo(1.097, 3);
});

test('a size that was not measured has none', () => {
  expect(() =>
    exponentBetween(
      curve((n) => n),
      10,
      1_000,
    ),
  ).toThrow(RangeError);
});
