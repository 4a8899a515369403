import { itemTest, parseMetadataFilter, type EmbeddedItem, type StoredItem } from '@fashionmatch/domain';
import { InMemoryEmbeddingJournal, InMemoryVectorStore, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';

import { NO_JOURNAL } from '../no-journal.js';
import { KeptColumns } from '../search/kept-columns.js';
import { ItemBrowser } from './item-browser.js';
import type { ItemOrder } from './item-order.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const BRANDS = ['Zara', 'ZARA', 'Cos', '', 'Écru', 'echo'];

/** More than are looked at, or sorted, in one turn. */
const random = seededRandom(5);
const items = Array.from({ length: 2_300 }, (_, i): EmbeddedItem => {
  const title = i % 100 === 7 ? '' : `Coat no. ${String(Math.floor(random() * 3_000))}`;
  return sampleItem(`item-${String(i)}`, DIMENSIONS, {
    item: { title, price: Math.floor(random() * 50), brand: BRANDS[i % BRANDS.length] ?? '' },
  });
});

const store = new InMemoryVectorStore(DIMENSIONS);
const journal = new InMemoryEmbeddingJournal();

/** The journal lacks some items, remembers some that are gone, and has them in another order. */
beforeAll(async () => {
  await store.upsert(items);
  await journal.updateItems([sampleItem('gone', DIMENSIONS), ...items.slice(100).reverse()]);
});

/** One that cannot tell when it changes. */
class UntoldStore extends InMemoryVectorStore {
  override revision(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

async function untold(): Promise<ItemBrowser> {
  const store = new UntoldStore(DIMENSIONS);
  await store.upsert(items);
  return new ItemBrowser(store, new KeptColumns(store, journal));
}

/** By nothing but the definition of the order. */
function expected(where: string | undefined, { by, ...order }: ItemOrder): string[] {
  const passes = where === undefined ? () => true : itemTest(parseMetadataFilter(where));
  const sign = 'isDescending' in order && order.isDescending === true ? -1 : 1;
  const { compare } = new Intl.Collator('en');
  const passing = items.filter((stored) => passes(stored));
  const compared = (a: StoredItem, b: StoredItem): number => {
    if (by === 'stored') return 0;
    const [one, other] = [a.item[by], b.item[by]];
    if (!one || !other) return Number(!one) - Number(!other);
    return sign * (typeof one === 'number' ? one - Number(other) : compare(one, String(other)));
  };
  return passing.toSorted(compared).map(({ item }) => item.itemId);
}

const ORDERS: readonly ItemOrder[] = [
  { by: 'stored' },
  { by: 'price' },
  { by: 'price', isDescending: true },
  { by: 'title' },
  { by: 'title', isDescending: true },
  { by: 'brand' },
  { by: 'brand', isDescending: true },
  { by: 'itemId' },
  { by: 'itemId', isDescending: true },
];

describe.each([
  [
    'a store of which what was read is kept',
    () => Promise.resolve(new ItemBrowser(store, new KeptColumns(store, journal))),
  ],
  ['a store that cannot tell when it changes', untold],
])('of %s', (_, open) => {
  let browser: ItemBrowser;
  beforeAll(async () => {
    browser = await open();
  });

  test.each(ORDERS)('the pages, one behind the other, are all items once, in order: %p', async (order) => {
    const ids: string[] = [];
    for (let offset = 0; offset <= items.length; offset += 460) {
      const { total, items: page } = await browser.page({ order, offset, limit: 460 });
      expect(total).toBe(items.length);
      ids.push(...page.map(({ item }) => item.itemId));
    }
    expect(ids).toEqual(expected(undefined, order));
  });

  test.each(['price<10', 'brand=zara and not price<10', 'title~"no. 12" or brand=cos', 'brand=nobody'])(
    'what passes a filter: %s',
    async (where) => {
      const filter = parseMetadataFilter(where);
      for (const order of ORDERS) {
        const all = expected(where, order);
        const { total, items: page } = await browser.page({ filter, order, offset: 5, limit: 40 });
        expect(total).toBe(all.length);
        expect(page.map(({ item }) => item.itemId)).toEqual(all.slice(5, 45));
      }
    },
  );

  test('a page behind the last is empty', async () => {
    expect(await browser.page({ order: { by: 'price' }, offset: 1_000_000, limit: 10 })).toEqual({
      total: items.length,
      items: [],
    });
  });

  test('the values of a field, each once', async () => {
    expect(await browser.values('brand')).toEqual(['Cos', 'echo', 'Écru', 'Zara']);
    expect(await browser.values('category')).toEqual(['women-coats']);
  });

  test('one item', async () => {
    expect((await browser.item('item-7')).item.itemId).toBe('item-7');
    await expect(browser.item('gone')).rejects.toMatchObject({ name: 'ItemNotFoundError' });
  });
});

test('what changed since is seen, and values that are too many are not told', async () => {
  const store = new InMemoryVectorStore(DIMENSIONS);
  const browser = new ItemBrowser(store, new KeptColumns(store, NO_JOURNAL));
  const query = { order: { by: 'title' }, offset: 0, limit: 10 } as const;
  expect(await browser.page(query)).toEqual({ total: 0, items: [] });
  expect(await browser.values('sellerId')).toEqual([]);
  await store.upsert(items.map((one, i) => ({ ...one, item: { ...one.item, sellerId: `seller-${String(i)}` } })));
  expect((await browser.page(query)).total).toBe(items.length);
  expect(await browser.values('sellerId')).toBeUndefined();
});
