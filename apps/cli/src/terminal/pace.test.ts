import { expect, test } from '@jest/globals';

import { Pace } from './pace.js';

test('what is skipped counts as done, and promises no speed', () => {
  const pace = new Pace(11_000, 1_000, 0);
  expect(pace.secondsLeft(0)).toBeUndefined();
  pace.advance(10_000, 0, 1_000);
  expect([pace.done, pace.rate(1_000), pace.secondsLeft(1_000)]).toEqual([10_000, 0, undefined]);
  pace.advance(20, 20, 2_000);
  expect([pace.done, pace.rate(2_000)]).toEqual([10_020, 10]);
});

test('the time left is told from what came after the first batch, which waited for models to load', () => {
  const pace = new Pace(1_000, 1_000, 0);
  for (let i = 0; i < 32; i++) pace.advance(1, 1, 9_000 + i);
  expect(pace.secondsLeft(9_031)).toBeUndefined();
  pace.advance(32, 32, 10_000);
  expect(pace.secondsLeft(10_000)).toBeUndefined();
  pace.advance(32, 32, 11_000);
  // 64 in two seconds, and 904 are left.
  expect(pace.secondsLeft(11_000)).toBe(28);
});

test('a first batch alone says nothing, however long ago it was', () => {
  const pace = new Pace(64, 64, 0);
  pace.advance(32, 32, 1_000);
  expect(pace.secondsLeft(60_000)).toBeUndefined();
});

test('where nothing is left to do, no time is left', () => {
  const pace = new Pace(5, 0, 0);
  pace.advance(5, 0, 1);
  expect([pace.done, pace.secondsLeft(1)]).toEqual([5, 0]);
});
