import { expect, test } from '@jest/globals';

import { isTooSmall, moved, readRegion, regionBetween, regionText, resized, writeRegion } from './region.js';

const QUARTER = { x: 0.5, y: 0.5, width: 0.25, height: 0.25 };

test('lies between two corners, whichever was first, and on the photo', () => {
  expect(regionBetween({ x: 0.75, y: 0.5 }, { x: 0.5, y: 0.75 })).toEqual(QUARTER);
  expect(regionBetween({ x: -1, y: 0.5 }, { x: 0.5, y: 7 })).toEqual({ x: 0, y: 0.5, width: 0.5, height: 0.5 });
  expect(isTooSmall(regionBetween({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.9 }))).toBe(true);
});

test('is moved and resized as far as the edges', () => {
  expect(moved(QUARTER, { x: -0.125, y: 3 })).toEqual({ ...QUARTER, x: 0.375, y: 0.75 });
  expect(resized(QUARTER, { x: 9, y: -0.125 })).toEqual({ ...QUARTER, width: 0.5, height: 0.125 });
  expect(resized(QUARTER, { x: -9, y: 0 })).toEqual({ ...QUARTER, width: 0.02 });
});

test('is read as it is written', () => {
  expect(writeRegion(QUARTER)).toBe('0.5,0.5,0.25,0.25');
  expect(readRegion(writeRegion(QUARTER))).toEqual(QUARTER);
  expect(regionText(QUARTER)).toBe('50 % from the left, 50 % from the top, 25 % wide, 25 % high');
});

test.each(['', '0,0,1', '0,0,1,1,1', 'a,b,c,d', '0,0,0,0', '0,0,NaN,1', '-1,0,1,1', '1,1,1,1', '0,0,1e3,1'])(
  'is not read from %p',
  (text) => {
    expect(readRegion(text)).toBeUndefined();
  },
);
