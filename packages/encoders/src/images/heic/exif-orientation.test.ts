import { expect, test } from '@jest/globals';

import { exifOrientation } from './exif-orientation.js';

/** Six bytes of "Exif" before the header, and one entry. */
function block(order: 'II' | 'MM', value: number, tag = 0x0112): Buffer {
  const isLittle = order === 'II';
  const short = (n: number) => (isLittle ? [n & 255, n >> 8] : [n >> 8, n & 255]);
  const long = (n: number) => (isLittle ? [...short(n), 0, 0] : [0, 0, ...short(n)]);
  const header = [...Buffer.from(order), ...short(42), ...long(8)];
  const folder = [...short(1), ...short(tag), ...short(3), ...long(1), ...short(value), 0, 0, ...long(0)];
  return Buffer.from([0, 0, 0, 6, ...Buffer.from('Exif\0\0'), ...header, ...folder]);
}

test.each([
  ['little-endian', block('II', 6), 6],
  ['big-endian', block('MM', 8), 8],
  ['of no known value', block('MM', 9), 1],
  ['of another tag', block('MM', 6, 0x0110), 1],
  ['cut short', block('MM', 6).subarray(0, 24), 1],
  ['with an offset out of the block', Buffer.from([255, 255, 255, 255, 0, 0]), 1],
  ['empty', Buffer.alloc(0), 1],
])('an EXIF block %s', (_, bytes, orientation) => {
  expect(exifOrientation(bytes)).toBe(orientation);
});
