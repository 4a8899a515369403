import type { StoredItem } from './fashion-item.js';

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
] as const;

export type FilterField = (typeof FILTER_FIELDS)[number];

/** A condition on an item's metadata. Texts are compared exactly; order applies to numbers only. */
export type MetadataFilter =
  | { readonly op: 'eq' | 'ne'; readonly field: FilterField; readonly value: string | number }
  | { readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly field: FilterField; readonly value: number }
  | { readonly op: 'in'; readonly field: FilterField; readonly values: readonly (string | number)[] }
  | { readonly op: 'and' | 'or'; readonly filters: readonly MetadataFilter[] }
  | { readonly op: 'not'; readonly filter: MetadataFilter };

/** Whether an item meets the condition. A number is never equal to a text, nor above or below one. */
export function matchesFilter(filter: MetadataFilter, stored: StoredItem): boolean {
  const valueOf = (field: FilterField): string | number =>
    field === 'source' ? stored.provenance.source : stored.item[field];
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => matchesFilter(part, stored));
    case 'or':
      return filter.filters.some((part) => matchesFilter(part, stored));
    case 'not':
      return !matchesFilter(filter.filter, stored);
    case 'in':
      return filter.values.includes(valueOf(filter.field));
    case 'eq':
      return valueOf(filter.field) === filter.value;
    case 'ne':
      return valueOf(filter.field) !== filter.value;
    default:
      return compares(valueOf(filter.field), filter.op, filter.value);
  }
}

function compares(value: string | number, op: 'lt' | 'lte' | 'gt' | 'gte', bound: number): boolean {
  if (typeof value !== 'number') return false;
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
