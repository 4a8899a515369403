import type { StoredItem } from '../fashion-item.js';
import type { StoredField } from '../item-fields.js';
import { foldText } from './fold-text.js';
import { timeOf } from './time-span.js';

/** The fields that a search can be narrowed by. */
export const FILTER_FIELDS = [
  'price',
  'brand',
  'category',
  'condition',
  'currency',
  'size',
  'title',
  'source',
  'sellerId',
  'scrapedAt',
] as const satisfies readonly StoredField['name'][];

export type FilterField = (typeof FILTER_FIELDS)[number];

/** Those that hold what somebody wrote. */
export type TextFilterField = Exclude<FilterField, 'price' | 'source' | 'scrapedAt'>;

/** Whether a field is one of texts. */
export const isTextField = (field: FilterField): field is TextFilterField =>
  field !== 'price' && field !== 'source' && field !== 'scrapedAt';

/** Texts are compared to the letter; order applies to numbers only. */
export type ExactTest =
  | { readonly op: 'eq' | 'ne'; readonly field: FilterField; readonly value: string | number }
  | { readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly field: FilterField; readonly value: number }
  | { readonly op: 'in'; readonly field: FilterField; readonly values: readonly (string | number)[] };

export type LooseTest =
  /** One of these texts, as `foldText` has them. */
  | { readonly op: 'alike'; readonly field: TextFilterField; readonly values: readonly string[] }
  /** This text somewhere within, as `foldText` has both. */
  | { readonly op: 'contains'; readonly field: TextFilterField; readonly value: string }
  /** A time from one on until before another, in milliseconds since the epoch; either may be infinite. */
  | { readonly op: 'during'; readonly field: 'scrapedAt'; readonly from: number; readonly until: number };

export type FilterTest = ExactTest | LooseTest;

type Logic<Test> =
  | Test
  | { readonly op: 'and' | 'or'; readonly filters: readonly Logic<Test>[] }
  | { readonly op: 'not'; readonly filter: Logic<Test> };

/** A condition on an item's metadata. */
export type MetadataFilter = Logic<FilterTest>;

/** A condition that a store can be asked for: values as they are stored. */
export type StoreFilter = Logic<ExactTest>;

/** What a field is called in a filter that somebody writes. */
export function writtenFieldName(field: FilterField): string {
  if (field === 'sellerId') return 'seller';
  return field === 'scrapedAt' ? 'scraped_at' : field;
}

/**
 * Whether an item meets the condition. A number is never equal to a text, nor above or below one. An item without a
 * price (0) meets no condition on the price, and not its opposite either: `not price<5` is `price>=5`. So it is with
 * the time of an item that has none.
 */
export function matchesFilter(filter: MetadataFilter, stored: StoredItem): boolean {
  return itemTest(filter)(stored);
}

/** {@link matchesFilter} for many items. */
export function itemTest(filter: MetadataFilter): (stored: StoredItem) => boolean {
  return rowTest(filter, (test, expected) => {
    const meets = valueTest(test);
    return (stored) => meets(filterValueOf(stored, test.field)) === expected;
  });
}

/** What a comparison compares. */
export const filterValueOf = ({ item, provenance }: StoredItem, field: FilterField): string | number =>
  field === 'source' ? provenance.source : item[field];

/**
 * {@link itemTest} for rows of any other kind.
 *
 * @param compare makes the test of whether one comparison comes to what is expected of it.
 * @param expected what the condition has to come to; false within a `not`.
 */
export function rowTest<Row>(
  filter: MetadataFilter,
  compare: (test: FilterTest, expected: boolean) => (row: Row) => boolean,
  expected = true,
): (row: Row) => boolean {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => rowTest(part, compare, expected));
      return (filter.op === 'and') === expected
        ? (row) => parts.every((part) => part(row))
        : (row) => parts.some((part) => part(row));
    }
    case 'not':
      return rowTest(filter.filter, compare, !expected);
    default:
      return compare(filter, expected);
  }
}

/** Whether a value meets a comparison; undefined where there is none to compare, and its opposite is not met either. */
export function valueTest(test: FilterTest): (value: string | number) => boolean | undefined {
  switch (test.op) {
    case 'alike': {
      const wanted = new Set(test.values.map(foldText));
      return (value) => wanted.has(foldText(String(value)));
    }
    case 'contains': {
      const wanted = foldText(test.value);
      return (value) => foldText(String(value)).includes(wanted);
    }
    case 'during':
      return (value) => {
        const time = timeOf(String(value));
        return Number.isNaN(time) ? undefined : time >= test.from && time < test.until;
      };
    default:
      return (value) => (test.field === 'price' && value === 0 ? undefined : compares(value, test));
  }
}

function compares(value: string | number, test: ExactTest): boolean {
  switch (test.op) {
    case 'in':
      return test.values.includes(value);
    case 'eq':
      return value === test.value;
    case 'ne':
      return value !== test.value;
    default:
      return typeof value === 'number' && isOrdered(value, test.op, test.value);
  }
}

function isOrdered(value: number, op: 'lt' | 'lte' | 'gt' | 'gte', bound: number): boolean {
  switch (op) {
    case 'lt':
      return value < bound;
    case 'lte':
      return value <= bound;
    case 'gt':
      return value > bound;
    case 'gte':
      return value >= bound;
  }
}
