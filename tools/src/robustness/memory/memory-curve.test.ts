import { expect, test } from '@jest/globals';

import { mediansOfParts, memoryOf } from './memory-curve.js';

test('a peak within a part does not show in its median', () => {
  const samples = [1, 1, 900, 1, 2, 2, 2, 0].map((anonymous, i) => ({ items: i + 1, anonymous, ofFiles: 7 }));
  expect(mediansOfParts(samples, 8, 2)).toEqual([
    { items: 4, anonymous: 1, ofFiles: 7 },
    { items: 8, anonymous: 2, ofFiles: 7 },
  ]);
});

test('a process that has ended has no memory', async () => {
  expect(await memoryOf(2 ** 30)).toBeUndefined();
});
