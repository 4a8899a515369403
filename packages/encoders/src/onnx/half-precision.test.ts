import { expect, test } from '@jest/globals';

import { fromHalves, toHalf } from './half-precision.js';

// As NumPy's float16 rounds them.
test.each([
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [65504, 0x7bff],
  [65520, 0x7c00],
  [1e9, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2.6398, 0x4148],
])('%d is %d', (value, bits) => {
  expect(toHalf(value)).toBe(bits);
});

test('every float16 comes back as itself', () => {
  const all = Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits);
  const numbers = fromHalves(all);
  expect(Uint16Array.from(numbers, toHalf)).toEqual(all);
  expect(fromHalves(Uint16Array.of(0xc000, 0x8001, 0xfc00, 0x7e00))).toEqual(
    Float32Array.of(-2, -(2 ** -24), -Infinity, NaN),
  );
});
