import { ITEM_SOURCES, type StoredItem } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { fromItemValues, toItemValues } from './journal-item-values.js';

/** Few, so that an item says most of them more than once. */
const text = fc.constantFrom('', '0', '9', '/a', 'file://', 'file:///a', 'file://file:///a', 'references', 'scraped');
const number = fc.constantFrom(0, 1, 9, 5.5);

const stored: fc.Arbitrary<StoredItem> = fc.record({
  item: fc.record({
    itemId: text,
    title: text,
    price: number,
    currency: text,
    description: text,
    brand: text,
    size: text,
    condition: text,
    imageUrl: text,
    url: text,
    category: text,
    sellerId: text,
    scrapedAt: text,
    localImagePath: text,
  }),
  provenance: fc.record({
    source: fc.constantFrom(...ITEM_SOURCES),
    filePath: text,
    fileSize: number,
    fileMtimeMs: number,
    contentSha256: text,
  }),
});

test('an item comes back as it was, whatever it says more than once', () => {
  fc.assert(
    fc.property(stored, (item) => {
      expect(fromItemValues(JSON.parse(JSON.stringify(toItemValues(item))))).toEqual(item);
    }),
    { numRuns: 2_000 },
  );
});

test('values of another length, kind or place are of no item', () => {
  const [item] = fc.sample(stored, 1);
  const values = item && toItemValues(item);
  expect(fromItemValues(values?.slice(1))).toBeUndefined();
  expect(fromItemValues(values?.with(0, 99))).toBeUndefined();
  expect(fromItemValues(values?.with(2, 'nine'))).toBeUndefined();
  expect(fromItemValues(values?.with(9, [99]))).toBeUndefined();
  expect(fromItemValues('[]')).toBeUndefined();
});
