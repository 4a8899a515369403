import type { StoredItem } from '../fashion-item.js';
import type { StoredField } from '../item-fields.js';

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
] as const satisfies readonly StoredField['name'][];

export type FilterField = (typeof FILTER_FIELDS)[number];

/** A condition on an item's metadata. Texts are compared exactly; order applies to numbers only. */
export type MetadataFilter =
  | { readonly op: 'eq' | 'ne'; readonly field: FilterField; readonly value: string | number }
  | { readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly field: FilterField; readonly value: number }
  | { readonly op: 'in'; readonly field: FilterField; readonly values: readonly (string | number)[] }
  | { readonly op: 'and' | 'or'; readonly filters: readonly MetadataFilter[] }
  | { readonly op: 'not'; readonly filter: MetadataFilter };

/**
 * Whether an item meets the condition. A number is never equal to a text, nor above or below one. An item without a
 * price (0) meets no condition on the price, and not its opposite either: `not price<5` is `price>=5`.
 */
export function matchesFilter(filter: MetadataFilter, stored: StoredItem): boolean {
  return isMet(filter, stored, true);
}

/** @param expected what the condition has to come to; false within a `not`. */
function isMet(filter: MetadataFilter, stored: StoredItem, expected: boolean): boolean {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const meets = (part: MetadataFilter): boolean => isMet(part, stored, expected);
      return (filter.op === 'and') === expected ? filter.filters.every(meets) : filter.filters.some(meets);
    }
    case 'not':
      return isMet(filter.filter, stored, !expected);
    default: {
      const { item, provenance } = stored;
      const value = filter.field === 'source' ? provenance.source : item[filter.field];
      const isKnown = filter.field !== 'price' || item.price > 0;
      return isKnown && compares(value, filter) === expected;
    }
  }
}

type Comparison = Extract<MetadataFilter, { readonly field: FilterField }>;

function compares(value: string | number, comparison: Comparison): boolean {
  switch (comparison.op) {
    case 'in':
      return comparison.values.includes(value);
    case 'eq':
      return value === comparison.value;
    case 'ne':
      return value !== comparison.value;
    default:
      return typeof value === 'number' && isOrdered(value, comparison.op, comparison.value);
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
