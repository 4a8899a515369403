import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { FashionMatchError } from '../errors.js';
import { FilterSyntaxError } from './filter-tokens.js';
import { FILTER_FIELDS, writtenFieldName, type FilterField, type MetadataFilter } from './metadata-filter.js';
import { parseMetadataFilter } from './parse-metadata-filter.js';

const cheap: MetadataFilter = { op: 'lt', field: 'price', value: 50 };
const zara: MetadataFilter = { op: 'alike', field: 'brand', values: ['Zara'] };
const large: MetadataFilter = { op: 'alike', field: 'size', values: ['L'] };
const day = { from: Date.UTC(2024, 0, 15), until: Date.UTC(2024, 0, 16) };
const during = (from: number, until: number): MetadataFilter => ({ op: 'during', field: 'scrapedAt', from, until });

function brandOf(text: string): unknown {
  const filter = parseMetadataFilter(`brand=${text}`);
  return filter.op === 'alike' ? filter.values[0] : filter;
}

describe('a filter', () => {
  test.each<[string, MetadataFilter]>([
    ['price<50 and brand=Zara', { op: 'and', filters: [cheap, zara] }],
    ['  price  <  50\n\tAND brand = "Zara" ', { op: 'and', filters: [cheap, zara] }],
    ['price<50 or brand=Zara and size=L', { op: 'or', filters: [cheap, { op: 'and', filters: [zara, large] }] }],
    ['(price<50 or brand=Zara) and size=L', { op: 'and', filters: [{ op: 'or', filters: [cheap, zara] }, large] }],
    ['price<50 or brand=Zara or size=L', { op: 'or', filters: [cheap, zara, large] }],
    ['not price<50 and brand=Zara', { op: 'and', filters: [{ op: 'not', filter: cheap }, zara] }],
    ['not(price<50 and brand=Zara)', { op: 'not', filter: { op: 'and', filters: [cheap, zara] } }],
    ['Not nOt Price<50', { op: 'not', filter: { op: 'not', filter: cheap } }],
    ['((brand=Zara))', zara],
    ['price != 5', { op: 'ne', field: 'price', value: 5 }],
    ['price<=5', { op: 'lte', field: 'price', value: 5 }],
    ['price>5', { op: 'gt', field: 'price', value: 5 }],
    ['price>=5', { op: 'gte', field: 'price', value: 5 }],
    ['price in (1,2.5 , .5)', { op: 'in', field: 'price', values: [1, 2.5, 0.5] }],
    ['size in(S, "M / L", 42)', { op: 'alike', field: 'size', values: ['S', 'M / L', '42'] }],
    ['brand!=Zara', { op: 'not', filter: zara }],
    ['brand == Zara', { op: 'eq', field: 'brand', value: 'Zara' }],
    ['title~"wool coat"', { op: 'contains', field: 'title', value: 'wool coat' }],
    ['Seller=anna_92', { op: 'alike', field: 'sellerId', values: ['anna_92'] }],
    ['scraped_at=2024-01-15', during(day.from, day.until)],
    ['scraped_at==2024-01-15', during(day.from, day.until)],
    ['scraped_at!=2024-01-15', { op: 'not', filter: during(day.from, day.until) }],
    ['scraped_at>=2024-01-15', during(day.from, Infinity)],
    ['scraped_at>2024-01-15', during(day.until, Infinity)],
    ['scraped_at<=2024-01-15', during(-Infinity, day.until)],
    ['scraped_at<2024-01-15', during(-Infinity, day.from)],
    ['scraped_at<"2024-01-15 01:00+01:00"', during(-Infinity, day.from)],
    [
      'scraped_at in (2024-01-15, 2025)',
      { op: 'or', filters: [during(day.from, day.until), during(Date.UTC(2025, 0), Date.UTC(2026, 0))] },
    ],
    ['price==5', { op: 'eq', field: 'price', value: 5 }],
    ['source!=references', { op: 'ne', field: 'source', value: 'references' }],
    ['source=references', { op: 'eq', field: 'source', value: 'references' }],
    ['price<-1.5e2', { op: 'lt', field: 'price', value: -150 }],
  ])('%s', (text, filter) => {
    expect(parseMetadataFilter(text)).toEqual(filter);
  });

  test.each([
    ['H&M', 'H&M'],
    ['Très-bon_état/2', 'Très-bon_état/2'],
    ['ユニクロ', 'ユニクロ'],
    ['👗', '👗'],
    ['007', '007'],
    ['brand', 'brand'],
    ['""', ''],
    ["'and'", 'and'],
    [`"L'Oréal"`, "L'Oréal"],
    [`'L\\'Oréal \\"x\\" \\\\'`, `L'Oréal "x" \\`],
    ['"price<50) or ("', 'price<50) or ('],
    ['"two\nlines"', 'two\nlines'],
  ])('takes %s for the text %s', (written, text) => {
    expect(brandOf(written)).toBe(text);
  });
});

describe('a mistake is told at its character:', () => {
  test.each<[string, number, string]>([
    ['', 0, 'the end stands where a field (price, brand,'],
    ['   ', 3, 'the end stands where a field'],
    ['colour=red', 0, '"colour" stands where a field'],
    ['"price"<5', 0, '"price" stands where a field'],
    ['price', 5, 'the end stands where = == != ~ < <= > >= or "in" is expected'],
    ['price=', 6, 'a price such as 49.90'],
    ['price < and brand=Zara', 8, '"and" stands where a price such'],
    ['price<cheap', 6, '"cheap" stands where a price'],
    ['price<"50"', 6, '"50" stands where a price'],
    ['price<49,90', 8, '"," stands where "and", "or" or the end'],
    ['price<50€', 6, '"50€" stands where a price'],
    ['price<0x10', 6, 'a price'],
    ['price<Infinity', 6, 'a price'],
    ['price<1e999', 6, 'a price'],
    ['price===5', 7, '"=" stands where a price'],
    ['price~5', 5, '"~" looks within texts, and price is none'],
    ['source~ref', 6, '"~" looks within texts, and source is none'],
    ['scraped_at~2024', 10, 'scraped_at is none'],
    ['scraped_at>yesterday', 11, '"yesterday" stands where a date such as 2024-01-15'],
    ['scraped_at=2024-02-30', 11, 'a date such as'],
    ['sellerId=7', 0, 'seller, scraped_at'],
    ['brand=a~b', 7, '"~" stands where "and"'],
    ['price<>5', 6, '">" stands where a price'],
    ['price in 5', 9, '"5" stands where "("'],
    ['price in ()', 10, '")" stands where a price'],
    ['size in (S M)', 11, '"M" stands where ")"'],
    ['size in (S,', 11, 'the end stands where a value'],
    ['brand<Zara', 5, '"<" compares what has an order: price or scraped_at'],
    ['brand=Zara brand=Cos', 11, '"brand" stands where "and", "or" or the end'],
    ['condition=Very good', 15, '(several words need quotes)'],
    ['brand=or', 6, 'a keyword needs quotes'],
    ['brand=(Zara)', 6, '"(" stands where a value'],
    ["brand=L'Oréal", 7, 'this quote is not closed'],
    ['brand="Zara', 6, 'this quote is not closed'],
    ['brand="Zara\\"', 6, 'this quote is not closed'],
    ['brand="a\\nb"', 8, 'a backslash stands only before a quote'],
    ['brand=a\\b', 7, 'in quotes'],
    ['brand=a!', 7, 'in quotes'],
    ['brand=a\u0000b', 7, 'in quotes'],
    ['(brand=Zara', 11, 'the end stands where ")"'],
    ['brand=Zara)', 10, '")" stands where "and", "or" or the end'],
    ['brand=Zara and', 14, 'the end stands where a field'],
    ['source=shop', 7, 'source is references or scraped'],
    [`${'('.repeat(17)}price<5${')'.repeat(17)}`, 17, 'nested more than 16 deep'],
    [`${'not '.repeat(17)}price<5`, 68, 'nested more than 16 deep'],
    [`size in (${Array<string>(101).fill('S').join()})`, 209, 'more than 100 values'],
    [`brand=${'x'.repeat(4_000)}`, 4_000, 'longer than 4000 characters'],
    [`colour${'\u202e'.repeat(100)}<5`, 0, '"colour" stands'],
  ])('%j', (text, position, problem) => {
    const error = faultOf(text);
    expect(error.position).toBe(position);
    expect(error.code).toBe('USAGE_INVALID');
    expect(error.message).toContain(`at character ${String(position + 1)}: `);
    expect(error.message).toContain(problem);
  });
});

/** The fault that a text is refused for. */
function faultOf(text: string): FilterSyntaxError {
  try {
    parseMetadataFilter(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} was taken for a filter`);
}

test('16 levels of everything are no mistake', () => {
  expect(parseMetadataFilter(`${'not ('.repeat(8)}price<5${')'.repeat(8)}`)).toMatchObject({ op: 'not' });
});

describe('any filter', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const price = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const textField = fc.constantFrom(
    ...FILTER_FIELDS.filter((field) => field !== 'price' && field !== 'source' && field !== 'scrapedAt'),
  );
  const comparison: fc.Arbitrary<MetadataFilter> = fc.oneof(
    fc.record({ op: fc.constant('eq'), field: textField, value: text }),
    fc.record({ op: fc.constant('contains'), field: textField, value: text }),
    fc.record({ op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'), field: fc.constant('price'), value: price }),
    fc.record({ op: fc.constant('alike'), field: textField, values: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  );
  const { filter } = fc.letrec<{ filter: MetadataFilter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      comparison,
      fc.record({ op: fc.constant('not'), filter: tie('filter') }),
      fc.record({
        op: fc.constantFrom('and', 'or'),
        filters: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }));

  test('that is written down is read back as the same', () => {
    fc.assert(
      fc.property(filter, (written) => {
        expect(parseMetadataFilter(print(written))).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });
});

const SIGNS = { eq: '==', ne: '!=', contains: '~', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function print(filter: MetadataFilter): string {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.filters.map((part) => `(${print(part)})`).join(` ${filter.op} `);
    case 'not':
      return `not (${print(filter.filter)})`;
    case 'in':
    case 'alike':
      return `${writtenFieldName(filter.field)} in (${filter.values.map(printValue).join(', ')})`;
    case 'during':
      throw new RangeError('No date is printed here');
    default:
      return `${writtenFieldName(filter.field)} ${SIGNS[filter.op]} ${printValue(filter.value)}`;
  }
}

const printValue = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`;

describe('hostile input', () => {
  const pieces = fc.constantFrom(
    ...[
      '(',
      ')',
      ',',
      '"',
      "'",
      '\\',
      '<',
      '=',
      '!',
      '~',
      'price',
      'brand',
      'scraped_at',
      '2024-01',
      'and',
      'or',
      'not',
      'in',
      '5',
      ' ',
      '\u0000',
    ],
    ...['\u202e', '\ud83d', '__proto__', 'constructor'],
  );

  test('is a filter or a FilterSyntaxError of one line, within the text, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const { op } = parseMetadataFilter(text);
            expect(op).toMatch(/^(eq|ne|lte?|gte?|in|alike|contains|during|and|or|not)$/);
          } catch (error) {
            expect(error).toBeInstanceOf(FilterSyntaxError);
            if (!(error instanceof FilterSyntaxError)) throw error;
            expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
            expect(error.message.length).toBeLessThan(300);
            expect(error.position).toBeGreaterThanOrEqual(0);
            expect(error.position).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each(['(', 'not ', '"', "'\\", '((', 'price<', 'price<5 and ', 'in (', '\\', '!'])(
    'of %j a million times over is refused at once',
    (piece) => {
      const startedAt = performance.now();
      expect(() => parseMetadataFilter(piece.repeat(1_000_000))).toThrow(FashionMatchError);
      expect(() => parseMetadataFilter(piece.repeat(4_000 / piece.length))).toThrow(FashionMatchError);
      expect(performance.now() - startedAt).toBeLessThan(500);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is no field and no operator', (name) => {
    expect(faultOf(`${name}=1`).position).toBe(0);
    expect(faultOf(`price ${name} 1`).position).toBe(6);
    const field: FilterField = 'brand';
    expect(parseMetadataFilter(`brand=${name}`)).toEqual({ op: 'alike', field, values: [name] });
  });
});
