import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  FILTERS,
  FIRST_STATE,
  KINDS,
  readAddress,
  SORTS,
  writeAddress,
  type PageState,
  type Query,
} from './address.js';

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const part = fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100);
const size = fc.integer({ min: 2, max: 60 }).map((percent) => percent / 100);
const query = fc.oneof(
  fc.constant<Query>({ kind: 'none' }),
  text.map((words): Query => ({ kind: 'text', text: words })),
  text.map((id): Query => ({ kind: 'item', id })),
  fc
    .tuple(text, fc.option(fc.record({ x: part, y: part, width: size, height: size }), { nil: undefined }))
    .map(([name, region]): Query => ({ kind: 'photo', name, region })),
);
const filter = fc.string();
const state: fc.Arbitrary<PageState> = fc.record({
  view: fc.constantFrom('items', 'duplicates'),
  query,
  filters: fc.record({
    from: filter,
    to: filter,
    brand: filter,
    category: filter,
    seller: filter,
    size: filter,
    condition: filter,
  }),
  sort: fc.constantFrom('stored', 'price', '-price', 'title', '-title', 'brand', '-brand', 'item_id'),
  page: fc.integer({ min: 1, max: 1e9 }),
  count: fc.integer({ min: 1, max: 200 }),
  clip: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  kind: fc.constantFrom('exact', 'near', 'relist'),
  item: fc.option(text, { nil: undefined }),
});

test('an address says all of a state', () => {
  fc.assert(
    fc.property(state, (wanted) => {
      const address = writeAddress(wanted);
      expect(readAddress(new URL(address, 'http://localhost').search)).toEqual(wanted);
    }),
  );
});

test('what is as at first is not said', () => {
  expect(writeAddress(FIRST_STATE)).toBe('/');
  expect(writeAddress({ ...FIRST_STATE, page: 3, item: 'a/b' })).toBe('/?page=3&item=a%2Fb');
});

test('whatever an address says, it is a state', () => {
  const names = ['view', 'text', 'id', 'photo', 'region', 'sort', 'page', 'count', 'clip', 'kind', 'item', ...FILTERS];
  const pairs = fc.array(
    fc.tuple(fc.constantFrom(...names), fc.oneof(fc.string(), fc.constantFrom('__proto__', '-1'))),
  );
  fc.assert(
    fc.property(pairs, (said) => {
      const { sort, kind, page, count } = readAddress(`?${new URLSearchParams(said).toString()}`);
      expect(Object.keys(SORTS)).toContain(sort);
      expect(Object.keys(KINDS)).toContain(kind);
      expect(page).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(200);
    }),
  );
});
