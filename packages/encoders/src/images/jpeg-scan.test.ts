import { describe, expect, test } from '@jest/globals';

import { jpegScanBytes } from './jpeg-scan.js';
import { sharp } from './sharp-library.js';

const segment = (marker: number, content: number[]): number[] => [0xff, marker, 0, content.length + 2, ...content];
const START = [0xff, 0xd8];
const SCAN_HEADER = segment(0xda, [1, 1, 0, 0, 63, 0]);
const END = [0xff, 0xd9];

describe('jpegScanBytes', () => {
  test.each([
    ['what follows the scan header', [...START, ...segment(0xdb, [1, 2, 3]), ...SCAN_HEADER, 7, 7, ...END], 4],
    ['no scan of a thumbnail', [...START, ...segment(0xe1, [...START, ...SCAN_HEADER, 7]), ...SCAN_HEADER, ...END], 2],
    ['markers after padding', [...START, 0xff, 0xff, ...SCAN_HEADER, 7], 1],
    ['markers after stray bytes', [...START, 1, 2, 0xff, 0, ...SCAN_HEADER, 7], 1],
    ['markers after one without a content', [...START, 0xff, 0xd0, ...SCAN_HEADER, 7], 1],
    ['nothing where no scan begins', [...START, ...segment(0xdb, [1, 2, 3]), ...END], 0],
    ['nothing where a length leads out of the file', [...START, 0xff, 0xdb, 0xff, 0xff, 0], 0],
    ['nothing where the scan header is cut off', [...START, 0xff, 0xda, 0, 12, 1], 0],
    ['nothing of nothing', [], 0],
  ])('counts %s', (_, bytes, expected) => {
    expect(jpegScanBytes(Uint8Array.from(bytes))).toBe(expected);
  });

  test('a flat picture has the bit for each block that is said to be the least', async () => {
    const flat = sharp({ create: { width: 2048, height: 2048, channels: 3, background: '#777' } });
    for (const progressive of [false, true]) {
      const bytes = await flat.clone().toColourspace('b-w').jpeg({ progressive, mozjpeg: true }).toBuffer();
      expect(jpegScanBytes(bytes)).toBeGreaterThanOrEqual((2048 * 2048) / 512);
    }
  });
});
