import { expect, test } from '@jest/globals';

import { resizedOnce } from './resized-once.js';

const image = { width: 40, height: 30, data: Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => i % 251) };
const plan = {
  source: { left: 0, top: 0, width: 40, height: 30 },
  resized: { width: 26, height: 20 },
  crop: { left: 3, top: 0, width: 20, height: 20 },
};

test('whoever asks for the same of an image gets it, even when another has given theirs away', async () => {
  const first = await resizedOnce(image, plan, 'bicubic');
  const expected = first.slice();
  if (first.buffer instanceof ArrayBuffer) structuredClone(first, { transfer: [first.buffer] });
  expect(first).toHaveLength(0);
  expect(await resizedOnce(image, plan, 'bicubic')).toEqual(expected);
});

test('another filter, crop or image is something else', async () => {
  const { crop } = plan;
  const all = await Promise.all([
    resizedOnce(image, plan, 'bicubic'),
    resizedOnce(image, plan, 'bilinear'),
    resizedOnce(image, { ...plan, crop: { ...crop, left: 0 } }, 'bicubic'),
    resizedOnce({ ...image, data: image.data.map((value) => 255 - value) }, plan, 'bicubic'),
  ]);
  expect(new Set(all.map((pixels) => pixels.join())).size).toBe(all.length);
});
