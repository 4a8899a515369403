import { expect, test } from '@jest/globals';

import { Pace } from './pace.js';

test('what is skipped counts as done, and promises no speed', () => {
  const pace = new Pace(11_000, 1_000, 0);
  expect(pace.secondsLeft(0)).toBeUndefined();
  pace.advance(10_000, 0);
  expect([pace.done, pace.rate(1_000), pace.secondsLeft(1_000)]).toEqual([10_000, 0, undefined]);
  pace.advance(20, 20);
  expect([pace.done, pace.rate(2_000), pace.secondsLeft(2_000)]).toEqual([10_020, 10, 98]);
});

test('where nothing is left to do, no time is left', () => {
  const pace = new Pace(5, 0, 0);
  pace.advance(5, 0);
  expect([pace.done, pace.secondsLeft(1)]).toEqual([5, 0]);
});
