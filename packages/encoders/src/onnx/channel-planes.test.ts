import { expect, test } from '@jest/globals';

import { levelTable, writePlanes } from './channel-planes.js';

test('bytes of red, green and blue become three scaled planes at their place', () => {
  const table = levelTable({ rescale: 1 / 255, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] });
  const target = new Float32Array(10).fill(9);
  writePlanes(Uint8Array.of(0, 255, 51, 255, 0, 102), table, target, 3);
  const expected = [9, 9, 9, -1, 1, 3, -1, 0.1, 0.2, 9];
  for (const [i, value] of expected.entries()) expect(target[i]).toBeCloseTo(value, 6);
});
