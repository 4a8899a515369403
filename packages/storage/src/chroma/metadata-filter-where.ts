import { STORED_FIELDS, type FilterField, type StoreFilter } from '@fashionmatch/domain';

import type { Where } from './connection/chroma-client.js';

/** A condition that Chroma can test, or one that needs no test. */
export type Condition = Where | 'all' | 'none';

type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte';

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'gte',
  gte: 'lt',
  gt: 'lte',
  lte: 'gt',
};

/**
 * The filter in Chroma's words, as `matchesFilter` has it. Chroma knows no `not`, so it is pushed down to the
 * comparisons (De Morgan).
 */
export function toWhere(filter: StoreFilter, negated = false): Condition {
  switch (filter.op) {
    case 'not':
      return toWhere(filter.filter, !negated);
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => toWhere(part, negated));
      return (filter.op === 'and') === negated ? anyOf(parts) : allOf(parts);
    }
    case 'in': {
      if (filter.field !== 'price') return among(filter.field, filter.values, negated);
      const parts = filter.values.map((value) => compare(filter.field, 'eq', value, negated));
      return amongKnown(filter.field, negated ? allOf(parts) : anyOf(parts));
    }
    default:
      return amongKnown(filter.field, compare(filter.field, filter.op, filter.value, negated));
  }
}

/** A price of 0 is none: it meets no condition, and no condition's opposite. */
function amongKnown(field: FilterField, condition: Condition): Condition {
  return field === 'price' ? allOf([term('price', 'gt', 0), condition]) : condition;
}

function compare(field: FilterField, op: Comparison, value: string | number, negated: boolean): Condition {
  const isComparable =
    field === 'price' ? typeof value === 'number' && !Number.isNaN(value) : typeof value === 'string';
  if (!isComparable) return (op === 'ne') !== negated ? 'all' : 'none';
  const asked = negated ? OPPOSITE[op] : op;
  if (typeof value === 'number') return comparePrice(asked, value);
  return term(keyOf(field), asked, value.toWellFormed());
}

/** One comparison, however many texts there are. */
function among(field: FilterField, values: readonly (string | number)[], negated: boolean): Condition {
  const texts = [...new Set(values.filter((value) => typeof value === 'string').map((text) => text.toWellFormed()))];
  const [first] = texts;
  if (first === undefined) return negated ? 'all' : 'none';
  if (texts.length === 1) return term(keyOf(field), negated ? 'ne' : 'eq', first);
  return { [keyOf(field)]: negated ? { $nin: texts } : { $in: texts } };
}

export const keyOf = (field: FilterField): string => STORED_FIELDS.find(({ name }) => name === field)?.key ?? field;

/**
 * Chroma stores 10 and 10.5 in two columns, and for a fraction it compares the column of whole numbers
 * with the fraction cut off: to it 10 equals 10.5, is at least 10.5, and is not below it. Whole numbers are
 * compared rightly with both columns, so a second comparison with the whole number below mends that.
 */
function comparePrice(op: Comparison, value: number): Condition {
  // No price is negative, and a fraction of -0.5 would be cut off to 0.
  const bound = value < 0 ? -1 : Math.min(value, Number.MAX_SAFE_INTEGER);
  const asked = term('price', op, bound);
  if (Number.isInteger(bound)) return asked;
  const below = Math.floor(bound);
  switch (op) {
    case 'lt':
      return anyOf([asked, term('price', 'lte', below)]);
    case 'gte':
      return allOf([asked, term('price', 'gt', below)]);
    case 'eq':
      return allOf([asked, term('price', 'ne', below)]);
    case 'ne':
      return anyOf([asked, term('price', 'eq', below)]);
    default:
      return asked;
  }
}

function term(key: string, op: Comparison, value: string | number): Where {
  switch (op) {
    case 'eq':
      return { [key]: { $eq: value } };
    case 'ne':
      return { [key]: { $ne: value } };
    case 'lt':
      return { [key]: { $lt: value } };
    case 'lte':
      return { [key]: { $lte: value } };
    case 'gt':
      return { [key]: { $gt: value } };
    case 'gte':
      return { [key]: { $gte: value } };
  }
}

function allOf(parts: readonly Condition[]): Condition {
  const tests = parts.filter((part) => part !== 'all');
  return tests.includes('none') ? 'none' : join(tests, '$and', 'all');
}

function anyOf(parts: readonly Condition[]): Condition {
  const tests = parts.filter((part) => part !== 'none');
  return tests.includes('all') ? 'all' : join(tests, '$or', 'none');
}

/** Chroma wants at least two parts in a conjunction or disjunction. */
function join(parts: readonly Condition[], op: '$and' | '$or', empty: Condition): Condition {
  const tests = parts.filter((part) => typeof part === 'object');
  const [first, second] = tests;
  if (first === undefined) return empty;
  if (second === undefined) return first;
  return op === '$and' ? { $and: tests } : { $or: tests };
}
