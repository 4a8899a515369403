import { matchesFilter, parseMetadataFilter, type EmbeddedItem } from '@fashionmatch/domain';
import { InMemoryEmbeddingJournal, InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import { beforeAll, expect, test } from '@jest/globals';

import { ItemColumns } from './item-columns.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const BRANDS = ['Zara', 'ZARA', 'Cos', ''];

/** More than are looked at before others get their turn. */
const items = Array.from({ length: 4_500 }, (_, i): EmbeddedItem => {
  const scrapedAt = i % 7 === 0 ? '' : new Date(Date.UTC(2024, 0, 1 + (i % 90))).toISOString();
  const item = { title: `Coat no. ${String(i)}`, brand: BRANDS[i % 4] ?? '', price: i % 50, scrapedAt };
  return sampleItem(`item-${String(i)}`, DIMENSIONS, {
    item,
    provenance: { source: i % 3 === 0 ? 'references' : 'scraped' },
  });
});

const store = new InMemoryVectorStore(DIMENSIONS);
const journal = new InMemoryEmbeddingJournal();
let columns: ItemColumns;

/** The journal lacks some items, and remembers some that are gone. */
beforeAll(async () => {
  await store.upsert(items.slice(100));
  await journal.updateItems(items.slice(0, 4_000));
  const read = await ItemColumns.read(store, journal);
  if (read === undefined) throw new Error('They are not too many');
  columns = read;
});

test.each([
  'brand=zara',
  'brand!=zara and price<10',
  'not price<10',
  'title~"NO. 12" or source=references',
  'not (scraped_at>=2024-03 or brand=cos)',
  'price in (3, 4) and not title~7',
  'scraped_at=2024-01-15',
  'title="coat no. 99"',
])('what passes is what passes one by one: %s', async (text) => {
  const filter = parseMetadataFilter(text);
  const passing = items.slice(100).filter((item) => matchesFilter(filter, item));
  const found = await columns.passing(filter, passing.length);
  expect(found?.toSorted()).toEqual(passing.map(({ item }) => item.itemId).toSorted());
  if (passing.length > 0) expect(await columns.passing(filter, passing.length - 1)).toBeUndefined();
});

test('the values of a field are each known once, with how many items have them', async () => {
  expect(columns.size).toBe(4_400);
  const brand = await columns.column('brand');
  expect(Object.fromEntries(brand.values.map((value) => [value, brand.count(value)]))).toEqual({
    Zara: 1_100,
    ZARA: 1_100,
    Cos: 1_100,
    '': 1_100,
  });
  expect(brand.count('none')).toBe(0);
  expect(await columns.values('brand', 4)).toHaveLength(4);
  expect(await columns.values('brand', 3)).toBeUndefined();
  expect(await columns.values('title', 5_000)).toHaveLength(4_400);
});
