import { describe, expect, test } from '@jest/globals';

import { srgbWriter, type CodedColours } from './coded-colours.js';

function written(values: number[], bits: number, colours?: CodedColours, channels: 3 | 4 = 3): number[] {
  const out = new Uint8Array(values.length);
  srgbWriter({ channels, bits }, colours)(Uint16Array.from(values), out);
  return [...out];
}

const P3 = { primaries: 12, transfer: 13 };
const PQ = { primaries: 9, transfer: 16 };
const HLG = { primaries: 9, transfer: 18 };

describe('samples as sRGB', () => {
  test('keep their value where they are sRGB or nothing is said, rounded to 8 bits', () => {
    expect(written([0, 1, 128, 254, 255, 7], 8)).toEqual([0, 1, 128, 254, 255, 7]);
    expect(written([0, 512, 1023], 10)).toEqual([0, 128, 255]);
    expect(written([0, 512, 1023], 10, { primaries: 1, transfer: 13 })).toEqual([0, 128, 255]);
    expect(written([0, 512, 1023], 10, { primaries: 2, transfer: 2 })).toEqual([0, 128, 255]);
  });

  // As the matrices of W3C CSS Color 4 have it.
  test('of Display P3 become more saturated, and are clipped where sRGB has no such colour', () => {
    expect(written([128, 64, 191], 8, P3)).toEqual([138, 59, 198]);
    expect(written([255, 0, 0], 8, P3)).toEqual([255, 0, 0]);
    expect(written([128, 128, 128], 8, P3)).toEqual([128, 128, 128]);
  });

  test('of high dynamic range keep the white of paper and whatever is below', () => {
    // 58 % of PQ are 203 cd/m², and so are 75 % of HLG (ITU-R BT.2408, table 1).
    const [pq, hlg] = [Math.round(0.5807 * 1023), Math.round(0.75 * 1023)];
    for (const value of written([pq, pq, pq], 10, PQ)) expect(value).toBeGreaterThanOrEqual(253);
    for (const value of written([hlg, hlg, hlg], 10, HLG)) expect(value).toBeGreaterThanOrEqual(253);
    expect(written([1023, 1023, 1023], 10, PQ)).toEqual([255, 255, 255]);
    // 26 cd/m² of 203, as ST 2084 codes them, are 12.8 % of white.
    const [dark] = written([390, 390, 390], 10, PQ);
    expect(dark).toBeGreaterThan(90);
    expect(dark).toBeLessThan(110);
  });

  test('keep their opacity', () => {
    expect(written([128, 64, 191, 77], 8, P3, 4)).toEqual([138, 59, 198, 77]);
    expect(written([0, 0, 0, 512], 10, undefined, 4)).toEqual([0, 0, 0, 128]);
  });
});
