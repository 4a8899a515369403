import { ITEM_SOURCES } from '../fashion-item.js';
import { FilterSyntaxError, is, unexpected, type Token } from './filter-tokens.js';
import {
  FILTER_FIELDS,
  isTextField,
  writtenFieldName,
  type FilterField,
  type MetadataFilter,
} from './metadata-filter.js';
import { timeSpanOf, type TimeSpan } from './time-span.js';

const OPERATORS = ['=', '==', '!=', '~', '<', '<=', '>', '>='] as const;

export type FilterOperator = (typeof OPERATORS)[number];

type Order = '<' | '<=' | '>' | '>=';

const ORDERS = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const satisfies Record<Order, string>;

const KEYWORDS = ['and', 'or', 'not', 'in'] as const;

/** @throws FilterSyntaxError */
export function fieldOf(token: Token): FilterField {
  const field = FILTER_FIELDS.find((name) => is(token, writtenFieldName(name)));
  if (field !== undefined) return field;
  throw unexpected(token, `a field (${FILTER_FIELDS.map(writtenFieldName).join(', ')}), "not" or "("`);
}

/** @throws FilterSyntaxError also where the field cannot be compared that way. */
export function operatorOf(token: Token, field: FilterField): FilterOperator {
  const operator = token.kind === 'mark' ? OPERATORS.find((mark) => mark === token.value) : undefined;
  if (operator === undefined) throw unexpected(token, `${OPERATORS.join(' ')} or "in"`);
  if (isOrder(operator) && field !== 'price' && field !== 'scrapedAt') {
    throw new FilterSyntaxError(token.position, `"${operator}" compares what has an order: price or scraped_at`);
  }
  if (operator === '~' && !isTextField(field)) {
    throw new FilterSyntaxError(token.position, `"~" looks within texts, and ${writtenFieldName(field)} is none`);
  }
  return operator;
}

/** @throws FilterSyntaxError when the value is none of the field's. */
export function comparison(field: FilterField, operator: FilterOperator, value: Token): MetadataFilter {
  if (isTextField(field)) {
    if (operator === '==') return { op: 'eq', field, value: textOf(value) };
    if (operator === '~') return { op: 'contains', field, value: textOf(value) };
  }
  if (isOrder(operator)) {
    return field === 'scrapedAt'
      ? { op: 'during', field, ...ordered(spanOf(value), operator) }
      : { op: ORDERS[operator], field, value: numberOf(value) };
  }
  if (field === 'price' || field === 'source') {
    return { op: operator === '!=' ? 'ne' : 'eq', field, value: wordOf(field, value) };
  }
  const filter = choice(field, [value]);
  return operator === '!=' ? { op: 'not', filter } : filter;
}

/** One of these values. @throws FilterSyntaxError when one is none of the field's. */
export function choice(field: FilterField, values: readonly Token[]): MetadataFilter {
  if (isTextField(field)) return { op: 'alike', field, values: values.map(textOf) };
  if (field === 'scrapedAt') {
    const spans = values.map((value) => ({ op: 'during', field, ...spanOf(value) }) as const);
    const [first] = spans;
    return first !== undefined && spans.length === 1 ? first : { op: 'or', filters: spans };
  }
  return { op: 'in', field, values: values.map((value) => wordOf(field, value)) };
}

const isOrder = (operator: FilterOperator): operator is Order => Object.hasOwn(ORDERS, operator);

/** What is before a span, up to its end, and so on. */
function ordered({ from, until }: TimeSpan, order: Order): TimeSpan {
  switch (order) {
    case '<':
      return { from: -Infinity, until: from };
    case '<=':
      return { from: -Infinity, until };
    case '>':
      return { from: until, until: Infinity };
    case '>=':
      return { from, until: Infinity };
  }
}

function textOf(token: Token): string {
  if (KEYWORDS.some((keyword) => is(token, keyword))) throw unexpected(token, 'a value (a keyword needs quotes)');
  if (token.kind !== 'word' && token.kind !== 'quoted') throw unexpected(token, 'a value');
  return token.value;
}

function wordOf(field: FilterField, token: Token): string | number {
  if (field === 'price') return numberOf(token);
  const word = textOf(token);
  if (ITEM_SOURCES.some((source) => source === word)) return word;
  throw new FilterSyntaxError(token.position, `source is ${ITEM_SOURCES.join(' or ')}`);
}

function numberOf(token: Token): number {
  const isNumber = token.kind === 'word' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(token.value);
  const value = Number(token.value);
  if (!isNumber || !Number.isFinite(value)) throw unexpected(token, 'a price such as 49.90');
  return value;
}

function spanOf(token: Token): TimeSpan {
  const span = token.kind === 'word' || token.kind === 'quoted' ? timeSpanOf(token.value) : undefined;
  if (span === undefined) throw unexpected(token, 'a date such as 2024-01-15');
  return span;
}
