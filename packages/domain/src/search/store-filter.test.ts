import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { StoredItem } from '../fashion-item.js';
import { sampleItem } from '../testing/sample-items.js';
import { matchesFilter } from './metadata-filter.js';
import { parseMetadataFilter } from './parse-metadata-filter.js';
import { assertedTests, looseFieldsOf, narrow } from './store-filter.js';

const BRANDS = ['', 'Zara', 'ZARA', 'zara', 'Zara Home', 'Cos'];
const TIMES = [
  '',
  'then',
  '2024-01-14T23:59:59.999Z',
  '2024-01-15',
  '2024-01-15T14:30:22.123456',
  '2025-06-01T00:00:00Z',
];
const items = BRANDS.flatMap((brand, i) =>
  TIMES.map((scrapedAt, j): StoredItem => {
    const { item, provenance } = sampleItem(`${String(i)}-${String(j)}`, { clip: 1, dino: 1 });
    return { item: { ...item, brand, scrapedAt, price: (i * j) % 4 }, provenance };
  }),
);
const idsWith = (passes: (item: StoredItem) => boolean): string[] =>
  items.filter(passes).map(({ item }) => item.itemId);

const comparison = fc.constantFrom(
  ...['brand=zara', 'brand==Zara', 'brand!=ZARA', 'brand in (cos, "zara home")', 'brand~zar', 'brand~HOME', 'brand=""'],
  ...['brand=nobody', 'scraped_at=2024-01-15', 'scraped_at!=2024-01-15', 'scraped_at>=2024-01-15T14:30', 'price<2'],
  ...['scraped_at<2024', 'scraped_at in (2024-01, 2025)', 'source=scraped', 'not scraped_at>2024-01-15'],
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    comparison,
    tie('filter').map((inner) => `not (${inner})`),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `(${a}) and (${b})`),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `(${a}) or (${b})`),
  ),
}));

describe('any filter in the words of a store', () => {
  test('lets the same items pass, where the values of its fields are known', () => {
    fc.assert(
      fc.property(filter, (text) => {
        const parsed = parseMetadataFilter(text);
        const { filter: asked, isExact } = narrow(parsed, (field) => (field === 'brand' ? BRANDS : TIMES));
        expect(isExact).toBe(true);
        expect(idsWith((item) => matchesFilter(asked, item))).toEqual(idsWith((item) => matchesFilter(parsed, item)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps none of them out, where they are not', () => {
    fc.assert(
      fc.property(filter, fc.boolean(), (text, knowsBrands) => {
        const parsed = parseMetadataFilter(text);
        const known = (field: string): string[] | undefined => (field === 'brand' && knowsBrands ? BRANDS : undefined);
        const { filter: asked, isExact } = narrow(parsed, known);
        const passing = new Set(idsWith((item) => matchesFilter(asked, item)));
        for (const id of idsWith((item) => matchesFilter(parsed, item))) expect(passing).toContain(id);
        expect(isExact).toBe([...looseFieldsOf(parsed)].every((field) => known(field) !== undefined));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('what is compared without regard to case, in parts or as a time has to be known', () => {
  expect(looseFieldsOf(parseMetadataFilter('brand=a or not (title~b and scraped_at<2024)'))).toEqual(
    new Set(['brand', 'title', 'scrapedAt']),
  );
  expect(looseFieldsOf(parseMetadataFilter('brand==a and price<5 or source=scraped'))).toEqual(new Set());
});

test('what a filter denies is not what it asks for', () => {
  const tests = assertedTests(parseMetadataFilter('brand=a and not (size=b or not title~c) and category!=d'));
  expect(tests.map(({ field }) => field)).toEqual(['brand', 'title']);
});

test('a condition on the time is met by no item without one, nor is its opposite', () => {
  const timeless = items.filter(({ item }) => item.scrapedAt === '' || item.scrapedAt === 'then');
  for (const text of ['scraped_at>1970', 'not scraped_at>1970', 'scraped_at!=2024']) {
    expect(timeless.filter((item) => matchesFilter(parseMetadataFilter(text), item))).toEqual([]);
  }
});
