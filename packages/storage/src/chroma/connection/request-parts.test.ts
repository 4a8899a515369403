import { expect, test } from '@jest/globals';

import { requestParts, type RequestSize } from './request-parts.js';

const rowsOf = (count: number, title = '') =>
  Array.from({ length: count }, (_, i) => ({ id: `i${String(i)}`, metadata: { title }, document: '' }));

const lengths = (rows: ReturnType<typeof rowsOf>, size: RequestSize): number[] =>
  [...requestParts(rows, size)].map(({ length }) => length);

test('no part has more rows than it may', () => {
  expect(lengths(rowsOf(7), { maxRows: 3 })).toEqual([3, 3, 1]);
  expect(lengths([], { maxRows: 3 })).toEqual([]);
  const rows = rowsOf(5);
  expect([...requestParts(rows, { maxRows: 2 })].flat()).toEqual(rows);
});

test('no part is larger than a server takes, counted in bytes as JSON', () => {
  // 12 MB each: as many control characters are six times as long in JSON, and letters of three bytes three times.
  expect(lengths(rowsOf(5, '\u0001'.repeat(2_000_000)), { maxRows: 100 })).toEqual([2, 2, 1]);
  expect(lengths(rowsOf(5, '靴'.repeat(4_000_000)), { maxRows: 100 })).toEqual([2, 2, 1]);
  expect(lengths(rowsOf(5), { maxRows: 100, dimensions: 500_000 })).toEqual([2, 2, 1]);
});

test('a row that is too large by itself stands alone', () => {
  expect(lengths(rowsOf(3, 'x'.repeat(40_000_000)), { maxRows: 100 })).toEqual([1, 1, 1]);
});
