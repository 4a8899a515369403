import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemError } from '@fashionmatch/domain';

import { idOf, parseBatch, parseListing } from './scraped-batch-file.js';

const LISTING = {
  item_id: '123',
  title: 'Blue dress',
  price: 12.5,
  currency: 'EUR',
  image_urls: ['https://images.example.com/123/0.jpg'],
  url: 'https://www.example.com/items/123',
  scraped_at: '2025-01-15T14:30:22.123456',
  local_image_paths: ['images/123/0.jpg'],
};

const parse = (text: string): unknown => parseBatch(Buffer.from(text), 'name');

function complaintOf(changes: Record<string, unknown>): string {
  try {
    parseListing({ ...LISTING, ...changes });
  } catch (error) {
    if (error instanceof ItemError && error.code === 'LISTING_INVALID') return error.message;
    throw error;
  }
  throw new Error('The listing was taken');
}

describe('parseListing', () => {
  test('reads every field', () => {
    const all = {
      ...LISTING,
      description: 'Worn once',
      brand: 'Nordlys',
      size: 'M',
      condition: 'good',
      seller_id: 'seller',
      category: 'dresses',
    };
    expect(parseListing(all)).toEqual({
      itemId: '123',
      title: 'Blue dress',
      price: 12.5,
      currency: 'EUR',
      description: 'Worn once',
      brand: 'Nordlys',
      size: 'M',
      condition: 'good',
      imageUrls: ['https://images.example.com/123/0.jpg'],
      url: 'https://www.example.com/items/123',
      sellerId: 'seller',
      category: 'dresses',
      scrapedAt: '2025-01-15T14:30:22.123Z',
      localImagePaths: ['images/123/0.jpg'],
    });
  });

  test('takes null and nothing for what may be absent, and ignores unknown keys', () => {
    const listing = parseListing({
      ...LISTING,
      currency: null,
      brand: null,
      favourites: 3,
      local_image_paths: undefined,
    });
    expect(listing).toMatchObject({ currency: 'EUR', brand: undefined, description: undefined, localImagePaths: [] });
    expect(listing).not.toHaveProperty('favourites');
  });

  test('makes texts of numeric ids', () => {
    expect(parseListing({ ...LISTING, item_id: 4821003417, seller_id: 7 })).toMatchObject({
      itemId: '4821003417',
      sellerId: '7',
    });
  });

  test('mends lone surrogates', () => {
    expect(parseListing({ ...LISTING, title: 'a\ud800b', item_id: '\udfff' })).toMatchObject({
      title: 'a\ufffdb',
      itemId: '\ufffd',
    });
  });

  test.each([
    ['2025-01-15T14:30:22.123456', '2025-01-15T14:30:22.123Z'],
    ['2025-01-15 14:30:22', '2025-01-15T14:30:22.000Z'],
    ['2025-01-15T14:30:22Z', '2025-01-15T14:30:22.000Z'],
    ['2025-01-15T14:30:22+02:00', '2025-01-15T12:30:22.000Z'],
    ['2025-01-15', '2025-01-15T00:00:00.000Z'],
  ])('takes %s as %s', (written, utc) => {
    expect(parseListing({ ...LISTING, scraped_at: written }).scrapedAt).toBe(utc);
  });

  test.each([
    ['item_id', undefined],
    ['item_id', ''],
    ['item_id', 'a\nb'],
    ['item_id', 'x'.repeat(513)],
    ['item_id', 1.5],
    ['item_id', 2 ** 53],
    ['title', undefined],
    ['title', 'x'.repeat(40_000)],
    ['price', -0.01],
    ['price', '12'],
    ['price', Number.POSITIVE_INFINITY],
    ['price', Number.NaN],
    ['image_urls', []],
    ['image_urls', undefined],
    ['image_urls', 'https://images.example.com/0.jpg'],
    ['url', 'ftp://www.example.com'],
    ['url', 'javascript:alert(1)'],
    ['url', 'http://'],
    ['scraped_at', 'yesterday'],
    ['scraped_at', '2025-02-30T00:00:00'],
    ['local_image_paths', [1]],
  ])('names %s when it is %j', (field, value) => {
    expect(complaintOf({ [field]: value })).toMatch(new RegExp(`^${field}(\\.0)?: must .*: .`));
  });

  test.each([
    ['price', null, 'price: must be a number, 0 or more: null'],
    ['price', '12,50 €', 'price: must be a number, 0 or more: "12,50 €"'],
    ['price', -1, 'price: must be a number, 0 or more: -1'],
    ['price', Number.NaN, 'price: must be a number, 0 or more: NaN'],
    ['title', undefined, 'title: must be a text: nothing'],
    ['url', `ftp://${'x'.repeat(100)}`, `url: must be an http or https address: "ftp://${'x'.repeat(54)}"…`],
    ['brand', { id: 1 }, 'brand: must be a text: an object'],
    ['scraped_at', 5, 'scraped_at: must be a date and time in ISO 8601: 5'],
  ])('says what stands in %s: %j', (field, value, complaint) => {
    expect(complaintOf({ [field]: value })).toBe(complaint);
  });

  test('names several fields, and then what stands in each', () => {
    expect(complaintOf({ price: null, url: 7 })).toBe(
      'price: must be a number, 0 or more; url: must be a text: null, 7',
    );
  });

  test('cuts a description that is too long, and marks the cut', () => {
    const { description } = parseListing({ ...LISTING, description: 'x'.repeat(20_000) });
    expect(description).toBe(`${'x'.repeat(16_383)}…`);
  });

  test('complains about a million wrong elements once', () => {
    expect(complaintOf({ image_urls: Array.from({ length: 1_000_000 }, () => 0) })).toBe(
      'image_urls: must have at most 1000 elements: a list of 1000000',
    );
  });

  test('takes or names whatever stands in a field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(LISTING)), fc.jsonValue(), (field, value) => {
        try {
          expect(parseListing({ ...LISTING, [field]: value }).title).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ code: 'LISTING_INVALID', message: expect.stringMatching(`^${field}`) });
        }
      }),
    );
  });

  test('takes nothing from the prototype', () => {
    const polluting: unknown = JSON.parse(
      '{"__proto__": {"title": "x", "polluted": true}, "constructor": {"prototype": {}}}',
    );
    expect(() => parseListing(polluting)).toThrow(/title/);
    expect({}).not.toHaveProperty('polluted');
    const shadowed: unknown = JSON.parse(JSON.stringify(LISTING).replace('{', '{"__proto__": {"price": 99}, '));
    expect(parseListing(shadowed).price).toBe(12.5);
  });
});

test('idOf reads the id of a listing that is wrong elsewhere', () => {
  expect(idOf({ item_id: 7, price: 'free' })).toBe('7');
  expect(idOf({ item_id: {} })).toBeUndefined();
  expect(idOf('text')).toBeUndefined();
});

describe('parseBatch', () => {
  test('reads an object with items', () => {
    const text = JSON.stringify({
      batch_id: 'b',
      category: 'women-jackets',
      total_items: 48,
      pages_scraped: 2,
      scraped_at: '2025-01-15T14:30:22',
      items: [LISTING],
    });
    expect(parse(text)).toEqual({
      header: {
        batchId: 'b',
        category: 'women-jackets',
        totalItems: 48,
        pagesScraped: 2,
        scrapedAt: '2025-01-15T14:30:22.000Z',
      },
      listings: [LISTING],
    });
  });

  test('reads a bare list, and a byte order mark', () => {
    expect(parse(`\ufeff[{"price": 1}, 2]`)).toEqual({
      header: { batchId: 'name', category: '', totalItems: 2, pagesScraped: 0, scrapedAt: '' },
      listings: [{ price: 1 }, 2],
    });
  });

  test('a header with wrong values does not cost the listings', () => {
    expect(parse('{"batch_id": {}, "total_items": -1, "scraped_at": 0, "items": [1]}')).toMatchObject({
      header: { batchId: 'name', totalItems: 1, scrapedAt: '' },
      listings: [1],
    });
  });

  test.each([
    ['nothing', ''],
    ['half a file', '{"items": [{"item_id": "1", '],
    ['no list', '{"items": {}}'],
    ['no items', '{}'],
    ['a text', '"items"'],
    ['null', 'null'],
    ['brackets without end', '['.repeat(5_000_000)],
    ['lists in lists', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['more objects than any batch has', `[${'{},'.repeat(2_000_000)}{}]`],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'BATCH_INVALID' }));
  });

  test('refuses what is no UTF-8', () => {
    expect(() => parseBatch(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 'name')).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID' }),
    );
  });

  test('brackets in texts are texts', () => {
    const listings = [{ title: `${'['.repeat(100)}"\\` }];
    expect(parse(JSON.stringify(listings))).toMatchObject({ listings });
  });
});
