import { expect, test } from '@jest/globals';

import { cropPixels } from './crop-pixels.js';

test('takes a part out of the rows', () => {
  const pixels = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => i);
  const part = cropPixels(pixels, 4, { left: 1, top: 1, width: 2, height: 2 });
  expect([...part]).toEqual([15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32]);
});
