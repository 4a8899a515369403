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
    ['₹1,29,900', 129900, 'INR'],
    ['₹ 1,29,900.50', 129900.5, 'INR'],
    ['US $12.50', 12.5, 'USD'],
    ['AU $20.00', 20, 'AUD'],
    ['C $1,299.00', 1299, 'CAD'],
    ['CA$5', 5, 'CAD'],
    ['R$ 49,90', 49.9, 'BRL'],
    [{ value: '25.50', currency: 'USD', convertedFromValue: '20' }, 25.5, 'USD'],
    [{ val: '25.0', currency_code: 'USD' }, 25, 'USD'],
    [{ priceAmount: '18.50', currencyName: 'GBP' }, 18.5, 'GBP'],
    [{ current: { value: '1.299,99', currency: 'EUR' }, original: { value: '1.500,00' } }, 1299.99, 'EUR'],
    [{ original: '49,95 €', promotional: '39,95 €' }, 39.95, 'EUR'],
    [{ price: '1.299', currency: 'KWD' }, 1.299, 'KWD'],
    // In cents, and the like, where that is said.
    [{ cents: 1250, currency_iso: 'GBP' }, 12.5, 'GBP'],
    [{ amount: 2500, divisor: 100, currency_code: 'USD' }, 25, 'USD'],
    [{ price: '1250', currency_code: 'EUR', currency_minor_unit: 2 }, 12.5, 'EUR'],
    [{ centAmount: 1250, fractionDigits: 2, currencyCode: 'EUR' }, 12.5, 'EUR'],
    [{ amountMicros: '19990000', currencyCode: 'EUR' }, 19.99, 'EUR'],
    ["{'amount': '7.5', 'currency_code': 'EUR', 'is_free': False}", 7.5, 'EUR'],
  ])('%j is %d', (...[written, amount, currency]) => {
    expect(readPrice(written)).toEqual({ amount, currency });
  });

  test.each<[unknown, string, string | undefined, number, string?]>([
    ['12,50', 'price_eur', undefined, 12.5, 'EUR'],
    ['12,50', 'Preis in CHF', 'EUR', 12.5, 'CHF'],
    ['12.50', 'Prix (€)', undefined, 12.5, 'EUR'],
    ['12.50 USD', 'price_eur', undefined, 12.5, 'USD'],
    [1250, 'priceInCents', 'EUR', 12.5, 'EUR'],
    ['1.299', 'price', 'KWD', 1.299, 'KWD'],
    ['1.299', 'price_all', undefined, 1299],
  ])('%j in the column %s, others being in %s, is %d', (...[written, column, usual, amount, currency]) => {
    expect(readPrice(written, column, usual)).toEqual({ amount, currency });
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
    ['2025/12/31 23:59', '2025-12-31T23:59:00.000Z'],
    ['2025-01-15T14:30:22 GMT+02:00', '2025-01-15T12:30:22.000Z'],
    ['20250115', '2025-01-15T00:00:00.000Z'],
    [20250115, '2025-01-15T00:00:00.000Z'],
    ['20250115T143022Z', '2025-01-15T14:30:22.000Z'],
    ['20250115143022', '2025-01-15T14:30:22.000Z'],
    ['1/5/2025 12:05 AM', '2025-01-05T00:05:00.000Z'],
    ['12/25/2025, 10:30:05 pm', '2025-12-25T22:30:05.000Z'],
    ['Jan 15, 2025', '2025-01-15T00:00:00.000Z'],
    ['January 15, 2025 at 2:30 PM', '2025-01-15T14:30:00.000Z'],
    ['15 March 2025 10:00', '2025-03-15T10:00:00.000Z'],
    ['Wed Jan 15 2025 14:30:22 GMT+0100 (Central European Standard Time)', '2025-01-15T13:30:22.000Z'],
    [{ $date: { $numberLong: '1764500000000' } }, '2025-11-30T10:53:20.000Z'],
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
    '20251332',
    'Feb 30, 2025',
    '15 mai 2025',
    'Foo 15, 2025',
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
    [`{'id': 53, 'is_main': True, 'title': "Levi's", 'x': None}`, "Levi's"],
    [String.raw`{'title': 'L\'été "en" soie'}`, 'L\'été "en" soie'],
    [{ categoryId: '11484', categoryName: 'Jackets' }, 'Jackets'],
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
    ['https://x.example/1.jpg,//x.example/2.jpg', ['https://x.example/1.jpg', 'https://x.example/2.jpg']],
    [{ imageUrl: 'https://x.example/1.jpg' }, ['https://x.example/1.jpg']],
    [{ url_75x75: 'https://x.example/75.jpg', url_fullxfull: 'https://x.example/f.jpg' }, ['https://x.example/f.jpg']],
    [{ original: 'https://x.example/o.jpg', thumb: 'https://x.example/t.jpg' }, ['https://x.example/o.jpg']],
    [{ 150: 'https://x.example/150.jpg', 640: 'https://x.example/640.jpg' }, ['https://x.example/640.jpg']],
    [[[{ url: 'https://x.example/1.jpg' }]], ['https://x.example/1.jpg']],
    [['data:image/png;base64,AAAA', 'https://x.example/1.jpg'], ['https://x.example/1.jpg']],
    ['data:image/png;base64,AAAA', UNUSABLE],
    [[], []],
    [[{ id: 1 }], UNUSABLE],
    [null, undefined],
  ])('addresses of images %j', (written, addresses) => {
    expect(readAddresses(written)).toEqual(addresses);
  });

  test('addresses below that of a shop', () => {
    expect(readAddresses(['/uploads/1.jpg', 'images/2.jpg'], 'https://x.example')).toEqual([
      'https://x.example/uploads/1.jpg',
      'images/2.jpg',
    ]);
  });

  test('paths of images', () => {
    expect(readPaths('images/a b.jpg')).toEqual(['images/a b.jpg']);
    expect(readPaths([{ path: 'full/0.jpg', checksum: 'c' }, 1])).toEqual(['full/0.jpg']);
    expect(readPaths('images/1.jpg|images/2.jpg')).toEqual(['images/1.jpg', 'images/2.jpg']);
    expect(readPaths('images/1.jpg, images/2.jpg')).toEqual(['images/1.jpg', 'images/2.jpg']);
    expect(readPaths('images/1, with a comma.jpg')).toEqual(['images/1, with a comma.jpg']);
    expect(readAddresses(`x${' '.repeat(1e6)}y${','.repeat(1e6)}z`)).toHaveLength(1);
    expect(readPaths('["images/1.jpg", "images/2.jpg"]')).toEqual(['images/1.jpg', 'images/2.jpg']);
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
