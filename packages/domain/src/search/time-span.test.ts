import { expect, test } from '@jest/globals';

import { timeOf, timeSpanOf } from './time-span.js';

const utc = (...parts: [number, number, ...number[]]): number => Date.UTC(...parts);

test.each<[string, number, number]>([
  ['2024', utc(2024, 0), utc(2025, 0)],
  ['2024-02', utc(2024, 1), utc(2024, 2)],
  ['2024-12', utc(2024, 11), utc(2025, 0)],
  ['2024-02-29', utc(2024, 1, 29), utc(2024, 2, 1)],
  ['2024-01-15T10:30', utc(2024, 0, 15, 10, 30), utc(2024, 0, 15, 10, 31)],
  ['2024-01-15 10:30:05', utc(2024, 0, 15, 10, 30, 5), utc(2024, 0, 15, 10, 30, 6)],
  ['2024-01-15t10:30:05.25z', utc(2024, 0, 15, 10, 30, 5, 250), utc(2024, 0, 15, 10, 30, 5, 251)],
  ['2024-01-15T10:30:05,123456', utc(2024, 0, 15, 10, 30, 5, 123), utc(2024, 0, 15, 10, 30, 5, 124)],
  ['2024-01-15T00:30+0100', utc(2024, 0, 14, 23, 30), utc(2024, 0, 14, 23, 31)],
  ['2024-01-15T00:30-05:30', utc(2024, 0, 15, 6), utc(2024, 0, 15, 6, 1)],
])('%s is a span of time, in UTC unless it says otherwise', (text, from, until) => {
  expect(timeSpanOf(text)).toEqual({ from, until });
  expect(timeOf(text)).toBe(from);
});

test.each(['', 'today', '24', '2023-02-29', '2024-13', '2024-1-5', '2024-01T10:30', '2024-01-15T25:00', '2024-01-15 '])(
  '%p is no date',
  (text) => {
    expect(timeSpanOf(text)).toBeUndefined();
    expect(timeOf(text)).toBeNaN();
  },
);
