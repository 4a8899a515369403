import { FilterTooLargeError, type StoreFilter } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';

import { conditionsOf, longestTextOf, requireTaken } from './condition-size.js';
import { RequestLimits } from './connection/request-limits.js';
import { toWhere } from './metadata-filter-where.js';

const cheap: StoreFilter = { op: 'lt', field: 'price', value: 50 };
const zara: StoreFilter = { op: 'eq', field: 'brand', value: 'Zara' };
const not = (filter: StoreFilter): StoreFilter => ({ op: 'not', filter });

test('a condition counts each of its comparisons, and a choice of texts as one', () => {
  const brands: StoreFilter = { op: 'in', field: 'brand', values: ['Cos', 'Arket'] };
  expect(conditionsOf(undefined)).toBe(0);
  expect([zara, brands, cheap].map((filter) => conditionsOf(toWhere(filter)))).toEqual([1, 1, 2]);
  expect(conditionsOf(toWhere({ op: 'and', filters: [brands, { op: 'or', filters: [zara, cheap] }] }))).toBe(4);
});

test('a condition is as long as its longest text in UTF-8', () => {
  const brands: StoreFilter = { op: 'in', field: 'brand', values: ['Cos', 'Façonnable'] };
  expect([undefined, toWhere(cheap), toWhere(zara), toWhere(not(brands))].map(longestTextOf)).toEqual([0, 0, 4, 11]);
  expect(longestTextOf(toWhere({ op: 'or', filters: [brands, { op: 'and', filters: [cheap, zara] }] }))).toBe(11);
});

test('what a server has refused is not asked again', () => {
  const limits = new RequestLimits(1_000);
  const where = toWhere({ op: 'and', filters: [cheap, zara] });
  requireTaken(where, limits);
  const refusal = (usage: string, limit: number): string =>
    `'${usage}' exceeded quota limit for action 'Query': current usage of 9 exceeds limit of ${String(limit)}`;
  limits.learn(refusal('Size of where clause value (bytes)', 3));
  expect(() => {
    requireTaken(where, limits);
  }).toThrow(FilterTooLargeError);
  expect(() => {
    requireTaken(toWhere(cheap), limits);
  }).not.toThrow();
  limits.learn(refusal('Number of where clause predicates', 1));
  expect(() => {
    requireTaken(toWhere(cheap), limits);
  }).toThrow('2 conditions');
});
