import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readDate } from './date.js';
import { readCurrency, readPrice } from './price.js';
import { UNUSABLE } from './reading.js';
import { firstWords, readAddresses, readHtml, readPageAddress, readPaths, readText, readTexts } from './text.js';

describe('prices', () => {
  test.each<[unknown, number, string?]>([
    [12.5, 12.5],
    [0, 0],
    ['12.50', 12.5],
    ['12,50', 12.5],
    ['12,50 €', 12.5, 'EUR'],
    ['€12.50', 12.5, 'EUR'],
    ['EUR 12.50', 12.5, 'EUR'],
    ['12.50 EUR', 12.5, 'EUR'],
    ['19.99 usd', 19.99, 'USD'],
    ['$1,299.00', 1299, 'USD'],
    ['US$ 5', 5, 'USD'],
    ['£7', 7, 'GBP'],
    ['49,90 zł', 49.9, 'PLN'],
    ['1 299,00 Kč', 1299, 'CZK'],
    ['1\u202f299,00 €', 1299, 'EUR'],
    ['1\u00a0299 €', 1299, 'EUR'],
    ["1'299.50 CHF", 1299.5, 'CHF'],
    ['1.299,00', 1299],
    ['1,299.00', 1299],
    ['1.299.000,5', 1299000.5],
    ['1.299.000', 1299000],
    ['1,299,000', 1299000],
    // One separator with three digits behind it: thousands, unless that would be no way to write a number.
    ['1.299', 1299],
    ['1,299', 1299],
    ['12.345 €', 12345, 'EUR'],
    ['0.299', 0.299],
    ['1299.995', 1299.995],
    ['1.299 KWD', 1.299, 'KWD'],
    ['1.29', 1.29],
    ['1.2', 1.2],
    ['12€50', 12.5, 'EUR'],
    ['12.- CHF', 12, 'CHF'],
    ['Prix : 12,50 €', 12.5, 'EUR'],
    ['ab 5 €', 5, 'EUR'],
    ['00012,50', 12.5],
    [{ amount: '12.50', currency_code: 'EUR' }, 12.5, 'EUR'],
    [{ value: '19.99', currency: 'eur' }, 19.99, 'EUR'],
    [{ amount: 5, currencyCode: '€' }, 5, 'EUR'],
    [{ price: { amount: '5,00 $' } }, 5, 'USD'],
    [['49.90', '59.90'], 49.9],
    ["{'amount': '12.50', 'currency_code': 'PLN'}", 12.5, 'PLN'],
    ['{"amount": 3, "currency": "GBP"}', 3, 'GBP'],
  ])('%j is %d', (...[written, amount, currency]) => {
    expect(readPrice(written)).toEqual({ amount, currency });
  });

  test.each([undefined, null, '', '  ', Number.NaN, 'NaN', 'nan', 'None', 'null', Number.POSITIVE_INFINITY, {}, []])(
    '%j is none',
    (written) => {
      expect([undefined, UNUSABLE]).toContain(readPrice(written));
    },
  );

  test.each([
    -1,
    '-5',
    '−5 €',
    '$-5',
    'free',
    'gratuit',
    '10 - 20 €',
    '10 € 20 €',
    '20%',
    '2 for 10',
    '1e5',
    '1.2.3',
    '1.29,9.9',
    '1,2,3.4',
    true,
    'x'.repeat(1e6),
    '9'.repeat(30),
    [[[[[[1]]]]]],
  ])('%.40j cannot be read', (written) => {
    expect(readPrice(written)).toBe(UNUSABLE);
  });

  test.each<[unknown, string | typeof UNUSABLE]>([
    ['EUR', 'EUR'],
    ['eur', 'EUR'],
    ['€', 'EUR'],
    [' $ ', 'USD'],
    [{ code: 'SEK' }, 'SEK'],
    ['kr', UNUSABLE],
    ['XQZ', UNUSABLE],
    ['</p><script>', UNUSABLE],
    [3, UNUSABLE],
  ])('currency %j', (written, code) => {
    expect(readCurrency(written)).toBe(code);
  });
});

describe('dates', () => {
  test.each<[unknown, string]>([
    ['2025-01-15T14:30:22.123456', '2025-01-15T14:30:22.123Z'],
    ['2025-01-15 14:30:22', '2025-01-15T14:30:22.000Z'],
    ['2025-01-15T14:30', '2025-01-15T14:30:00.000Z'],
    ['2025-01-15T14:30:22Z', '2025-01-15T14:30:22.000Z'],
    ['2025-01-15 14:30:22 UTC', '2025-01-15T14:30:22.000Z'],
    ['2025-01-15T14:30:22+02:00', '2025-01-15T12:30:22.000Z'],
    ['2025-01-15T14:30:22+0200', '2025-01-15T12:30:22.000Z'],
    ['2025-01-15T14:30:22-05', '2025-01-15T19:30:22.000Z'],
    ['2025-01-15T00:30:22+05:45', '2025-01-14T18:45:22.000Z'],
    ['2025-01-15', '2025-01-15T00:00:00.000Z'],
    ['Mon, 30 Nov 2026 10:00:00 GMT', '2026-11-30T10:00:00.000Z'],
    ['30 Nov 2026 10:00:00 +0100', '2026-11-30T09:00:00.000Z'],
    [1_764_500_000, '2025-11-30T10:53:20.000Z'],
    [1_764_500_000_000, '2025-11-30T10:53:20.000Z'],
    [1_764_500_000_000_000, '2025-11-30T10:53:20.000Z'],
    [1_764_500_000.25, '2025-11-30T10:53:20.250Z'],
    ['1764500000', '2025-11-30T10:53:20.000Z'],
    [{ $date: '2025-01-15T14:30:22Z' }, '2025-01-15T14:30:22.000Z'],
    ['31.12.2025 23:59', '2025-12-31T23:59:00.000Z'],
    ['12/25/2025', '2025-12-25T00:00:00.000Z'],
    ['25/12/2025', '2025-12-25T00:00:00.000Z'],
  ])('%j is %s', (written, time) => {
    expect(readDate(written)).toEqual({ time });
  });

  test('a date that others write the other way round is taken as day before month, and says so', () => {
    expect(readDate('01/05/2026 10:00')).toEqual({ time: '2026-05-01T10:00:00.000Z', dayFirst: true });
    expect(readDate('01.05.2026')).toEqual({ time: '2026-05-01T00:00:00.000Z' });
  });

  test.each([
    'yesterday',
    '2025-02-30',
    '2025-02-30T00:00:00',
    '2025-13-01',
    '25:00',
    2011,
    -5,
    '31/31/2025',
    '32.01.2025',
    true,
    [],
    'x'.repeat(1e6),
    1e300,
  ])('%.40j cannot be read', (written) => {
    expect(readDate(written)).toBe(UNUSABLE);
  });
});

describe('texts', () => {
  test.each<[unknown, unknown]>([
    ['Zara', 'Zara'],
    [501, '501'],
    [{ id: 53, title: 'Zara' }, 'Zara'],
    [{ json_data: null, title: 'Zara' }, 'Zara'],
    [{ id: 3 }, '3'],
    [{ $oid: 'abc' }, 'abc'],
    [['Zara', 'Mango'], 'Zara'],
    ["{'id': 53, 'title': 'Zara'}", 'Zara'],
    ['[sold] dress', '[sold] dress'],
    [null, undefined],
    ['None', undefined],
    [true, UNUSABLE],
    [{}, UNUSABLE],
    ['a\ud800b', 'a\ufffdb'],
  ])('%j is %j', (written, text) => {
    expect(readText(written)).toBe(text);
  });

  test('several are joined, and one that is too long is cut', () => {
    expect(readTexts(['women', { title: 'dresses' }, null])).toBe('women, dresses');
    expect(readTexts("['S', 'M']")).toBe('S, M');
    expect(readText('x'.repeat(20_000))).toBe(`${'x'.repeat(16_383)}…`);
  });

  test('of HTML the text is left', () => {
    expect(readHtml('<p>Robe &amp; jupe</p><ul><li>a&nbsp;b</li></ul><script>x</script> 1 < 2 &#8364; &unknown;')).toBe(
      'Robe & jupe\na b\nx 1 < 2 € &unknown;',
    );
  });

  test('a title is made of the first words of a description', () => {
    expect(firstWords(' Worn  once ')).toBe('Worn once');
    expect(firstWords(`A dress of ${'very '.repeat(20)}good cloth`)).toBe(`A dress of ${'very '.repeat(9)}very…`);
    expect(firstWords(' ')).toBeUndefined();
  });

  test.each<[unknown, readonly string[] | typeof UNUSABLE | undefined]>([
    ['https://x.example/1.jpg', ['https://x.example/1.jpg']],
    [
      ['https://x.example/1.jpg', { url: 'https://x.example/2.jpg', full_size_url: 'https://x.example/3.jpg' }],
      ['https://x.example/1.jpg', 'https://x.example/2.jpg'],
    ],
    ['https://x.example/1.jpg|https://x.example/2.jpg', ['https://x.example/1.jpg', 'https://x.example/2.jpg']],
    ['https://x.example/1,a.jpg, https://x.example/2.jpg', ['https://x.example/1,a.jpg', 'https://x.example/2.jpg']],
    ["['https://x.example/1.jpg']", ['https://x.example/1.jpg']],
    [{ src: 'https://x.example/1.jpg' }, ['https://x.example/1.jpg']],
    [[], []],
    [[{ id: 1 }], UNUSABLE],
    [null, undefined],
  ])('addresses of images %j', (written, addresses) => {
    expect(readAddresses(written)).toEqual(addresses);
  });

  test('paths of images', () => {
    expect(readPaths('images/a b.jpg')).toEqual(['images/a b.jpg']);
    expect(readPaths([{ path: 'full/0.jpg', checksum: 'c' }, 1])).toEqual(['full/0.jpg']);
    expect(readPaths('images/1.jpg|images/2.jpg')).toEqual(['images/1.jpg', 'images/2.jpg']);
  });

  test.each<[string, string | undefined, unknown]>([
    ['https://x.example/1', undefined, 'https://x.example/1'],
    ['www.x.example/1', undefined, 'https://www.x.example/1'],
    ['//x.example/1', undefined, 'https://x.example/1'],
    ['/items/1', undefined, UNUSABLE],
    ['/items/1', 'https://x.example', 'https://x.example/items/1'],
    ['javascript:alert(1)', 'https://x.example', UNUSABLE],
    ['ftp://x.example', undefined, UNUSABLE],
    ['http://', undefined, UNUSABLE],
  ])('the page %s below %s', (written, base, address) => {
    expect(readPageAddress(written, base)).toBe(address);
  });
});

test('whatever stands in a listing is read, none, or cannot be read', () => {
  const readers = [readPrice, readCurrency, readDate, readText, readTexts, readHtml, readAddresses, readPaths];
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...readers), (value, read) => {
      const reading = read(value);
      expect(reading === undefined || reading === UNUSABLE || ['string', 'object'].includes(typeof reading)).toBe(true);
    }),
  );
});
