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
