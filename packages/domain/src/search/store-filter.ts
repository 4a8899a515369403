import {
  valueTest,
  type FilterTest,
  type LooseTest,
  type MetadataFilter,
  type StoreFilter,
} from './metadata-filter.js';

/** What a store can be asked for in place of a filter. */
export interface Narrowing {
  /** Met by every item that meets the filter. */
  readonly filter: StoreFilter;
  /** Whether it is met by no other item. */
  readonly isExact: boolean;
}

const ALL: StoreFilter = { op: 'and', filters: [] };
const NONE: StoreFilter = { op: 'or', filters: [] };

/** The fields that a filter compares with more than a store can: their values have to be known. */
export function looseFieldsOf(filter: MetadataFilter): Set<LooseTest['field']> {
  if ('field' in filter) return new Set(isLoose(filter) ? [filter.field] : []);
  const parts = filter.op === 'not' ? [filter.filter] : filter.filters;
  return new Set(parts.flatMap((part) => [...looseFieldsOf(part)]));
}

/** The comparisons of which a filter says that they hold, where nothing else does; in their order. */
export function assertedTests(filter: MetadataFilter, expected = true): FilterTest[] {
  if ('field' in filter) return expected ? [filter] : [];
  if (filter.op === 'not') return assertedTests(filter.filter, !expected);
  return filter.filters.flatMap((part) => assertedTests(part, expected));
}

/** @param valuesOf every value that a field has in the store; undefined where that is not known. */
export function narrow(
  filter: MetadataFilter,
  valuesOf: (field: LooseTest['field']) => readonly string[] | undefined,
  expected = true,
): Narrowing {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => narrow(part, valuesOf, expected));
      const filters = parts.map((part) => part.filter);
      return { filter: { op: filter.op, filters }, isExact: parts.every(({ isExact }) => isExact) };
    }
    case 'not': {
      const inner = narrow(filter.filter, valuesOf, !expected);
      return { ...inner, filter: { op: 'not', filter: inner.filter } };
    }
    default: {
      if (!isLoose(filter)) return { filter, isExact: true };
      const values = valuesOf(filter.field);
      if (values === undefined) return { filter: expected ? ALL : NONE, isExact: false };
      const passing = passed(filter, values, expected);
      return { filter: expected ? passing : { op: 'not', filter: passing }, isExact: true };
    }
  }
}

/** The stored values for which a comparison comes to what is expected, by name. */
function passed(test: LooseTest, values: readonly string[], expected: boolean): StoreFilter {
  const { field } = test;
  const meets = valueTest(test);
  const passes = (value: string): boolean => meets(value) === expected;
  // A row that another program wrote without the field is as one with nothing in it: it has no value to be found by.
  if (!passes('')) return { op: 'in', field, values: values.filter(passes) };
  return { op: 'not', filter: { op: 'in', field, values: values.filter((value) => !passes(value)) } };
}

const isLoose = (test: FilterTest): test is LooseTest =>
  test.op === 'alike' || test.op === 'contains' || test.op === 'during';
