import { FashionMatchError, reasonOf } from '../errors.js';
import { ITEM_SOURCES } from '../fashion-item.js';
import { knowAcrossCopies } from '../known-across-copies.js';
import { FILTER_FIELDS, type FilterField, type MetadataFilter } from './metadata-filter.js';

/** In UTF-16 units. */
const MAX_LENGTH = 4_000;
/** Of parentheses and `not` within each other. Each is up to two levels of a request, of which Chroma reads about 60. */
const MAX_DEPTH = 16;
/** Chroma fails at 1,000 comparisons, and 900 take it seconds. */
const MAX_VALUES = 100;

const OPERATORS = { '=': 'eq', '!=': 'ne', '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const;
const KEYWORDS = ['and', 'or', 'not', 'in'] as const;

/** A filter that cannot be read. The message is one line and names the character, counted from 1. */
export class FilterSyntaxError extends FashionMatchError {
  static {
    knowAcrossCopies(this, 'FilterSyntaxError');
  }

  /** Of the character at fault, in UTF-16 units from 0; the filter's length where it ends too early. */
  readonly position: number;

  constructor(position: number, problem: string) {
    super('USAGE_INVALID', `The filter cannot be read at character ${String(position + 1)}: ${problem}.`);
    this.position = position;
  }
}

/**
 * Reads a filter such as `price<50 and (brand=Zara or not size in (S, "M / L"))`.
 *
 * ```
 * filter     = all { "or" all }            all = test { "and" test }
 * test       = "not" test | "(" filter ")" | field comparison
 * comparison = ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value | "in" "(" value { "," value } ")"
 * value      = word | 'text' | "text"
 * ```
 *
 * Keywords and fields may be in any case. In a quoted text a quote or backslash follows a backslash.
 * `price` takes numbers, and only it is ordered; all else is compared as it stands.
 *
 * @throws FilterSyntaxError
 */
export function parseMetadataFilter(text: string): MetadataFilter {
  return new FilterParser(text).parse();
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #next = 0;
  #values = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
    this.#end = { kind: 'end', value: '', position: text.length };
  }

  parse(): MetadataFilter {
    const parsed = this.#filter(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw unexpected(rest, '"and", "or" or the end (several words need quotes)');
    return parsed;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? this.#end;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #takeIf(value: string): boolean {
    const isNext = is(this.#peek(), value);
    if (isNext) this.#next++;
    return isNext;
  }

  #expectNext(value: string): void {
    if (!this.#takeIf(value)) throw unexpected(this.#peek(), `"${value}"`);
  }

  #filter(depth: number): MetadataFilter {
    return this.#chain('or', () => this.#chain('and', () => this.#test(depth)));
  }

  #chain(op: 'and' | 'or', part: () => MetadataFilter): MetadataFilter {
    const first = part();
    const others: MetadataFilter[] = [];
    while (this.#takeIf(op)) others.push(part());
    return others.length === 0 ? first : { op, filters: [first, ...others] };
  }

  #test(depth: number): MetadataFilter {
    const token = this.#take();
    if (depth > MAX_DEPTH) {
      throw new FilterSyntaxError(token.position, `it is nested more than ${String(MAX_DEPTH)} deep`);
    }
    if (is(token, 'not')) return { op: 'not', filter: this.#test(depth + 1) };
    if (!is(token, '(')) return this.#comparison(fieldOf(token));
    const inner = this.#filter(depth + 1);
    this.#expectNext(')');
    return inner;
  }

  #comparison(field: FilterField): MetadataFilter {
    const token = this.#take();
    if (is(token, 'in')) {
      this.#expectNext('(');
      const choice = [valueOf(this.#countedValue(), field)];
      while (this.#takeIf(',')) choice.push(valueOf(this.#countedValue(), field));
      this.#expectNext(')');
      return { op: 'in', field, values: choice };
    }
    const op = operatorOf(token);
    if (op === 'eq' || op === 'ne') return { op, field, value: valueOf(this.#countedValue(), field) };
    if (field !== 'price') {
      throw new FilterSyntaxError(token.position, `"${token.value}" compares numbers, and only price is one`);
    }
    return { op, field, value: numberOf(this.#countedValue()) };
  }

  #countedValue(): Token {
    const token = this.#take();
    this.#values++;
    if (this.#values <= MAX_VALUES) return token;
    throw new FilterSyntaxError(token.position, `it compares with more than ${String(MAX_VALUES)} values`);
  }
}

interface Token {
  readonly kind: 'mark' | 'quoted' | 'word' | 'end';
  /** Of a quoted text, what it stands for. */
  readonly value: string;
  readonly position: number;
}

const TOKEN =
  /\s+|(?<mark>[<>!]=|[<>=(),])|(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<word>[^\s<>=!(),'"\\\p{Cc}]+)/gsuy;

function tokensOf(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw new FilterSyntaxError(MAX_LENGTH, `it is longer than ${String(MAX_LENGTH)} characters`);
  }
  const tokens: Token[] = [];
  let end = 0;
  for (const { 0: match, index: position, groups: { mark, quoted, word } = {} } of text.matchAll(TOKEN)) {
    end = position + match.length;
    if (mark !== undefined) tokens.push({ kind: 'mark', value: mark, position });
    if (quoted !== undefined) tokens.push({ kind: 'quoted', value: unquoted(quoted, position), position });
    if (word !== undefined) tokens.push({ kind: 'word', value: word, position });
  }
  if (end === text.length) return tokens;
  const isQuote = /^['"]/.test(text.slice(end));
  throw new FilterSyntaxError(
    end,
    isQuote ? 'this quote is not closed' : 'put values with marks such as this one in quotes',
  );
}

function unquoted(quoted: string, position: number): string {
  return quoted.slice(1, -1).replace(/\\(.)/gsu, (_, escaped: string, offset: number) => {
    if (/['"\\]/.test(escaped)) return escaped;
    throw new FilterSyntaxError(position + 1 + offset, 'a backslash stands only before a quote or another backslash');
  });
}

/** Whether it is that mark or keyword; a text in quotes never is. */
function is({ kind, value }: Token, expected: string): boolean {
  return kind !== 'quoted' && value.toLowerCase() === expected;
}

function fieldOf(token: Token): FilterField {
  const field = FILTER_FIELDS.find((name) => is(token, name));
  if (field === undefined) throw unexpected(token, `a field (${FILTER_FIELDS.join(', ')}), "not" or "("`);
  return field;
}

function operatorOf(token: Token): (typeof OPERATORS)[keyof typeof OPERATORS] {
  if (token.kind === 'mark' && isOperator(token.value)) return OPERATORS[token.value];
  throw unexpected(token, `${Object.keys(OPERATORS).join(' ')} or "in"`);
}

const isOperator = (value: string): value is keyof typeof OPERATORS => Object.hasOwn(OPERATORS, value);

function valueOf(token: Token, field: FilterField): string | number {
  if (field === 'price') return numberOf(token);
  const { kind, value, position } = token;
  if (KEYWORDS.some((keyword) => is(token, keyword))) throw unexpected(token, 'a value (a keyword needs quotes)');
  if (kind !== 'word' && kind !== 'quoted') throw unexpected(token, 'a value');
  if (field === 'source' && !ITEM_SOURCES.some((source) => source === value)) {
    throw new FilterSyntaxError(position, `source is ${ITEM_SOURCES.join(' or ')}`);
  }
  return value;
}

function numberOf(token: Token): number {
  const isNumber = token.kind === 'word' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(token.value);
  const value = Number(token.value);
  if (!isNumber || !Number.isFinite(value)) throw unexpected(token, 'a price such as 49.90');
  return value;
}

function unexpected({ kind, value, position }: Token, expected: string): FilterSyntaxError {
  const line = reasonOf(value);
  const found = kind === 'end' ? 'the end' : `"${line.length > 40 ? `${line.slice(0, 39)}…` : line}"`;
  return new FilterSyntaxError(position, `${found} stands where ${expected} is expected`);
}
