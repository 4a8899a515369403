import { choice, comparison, fieldOf, operatorOf } from './filter-comparison.js';
import { FilterSyntaxError, is, tokensOf, unexpected, type Token } from './filter-tokens.js';
import type { FilterField, MetadataFilter } from './metadata-filter.js';

/** Of parentheses and `not` within each other. Each is up to two levels of a request, of which Chroma reads about 60. */
const MAX_DEPTH = 16;
/** Chroma fails at 1,000 comparisons, and 900 take it seconds. */
const MAX_VALUES = 100;

/**
 * Reads a filter such as `price<50 and (brand=zara or not size in (S, "M / L")) and scraped_at>=2024-01-15`.
 *
 * ```
 * filter     = all { "or" all }            all = test { "and" test }
 * test       = "not" test | "(" filter ")" | field comparison
 * comparison = ( "=" | "==" | "!=" | "~" | "<" | "<=" | ">" | ">=" ) value | "in" "(" value { "," value } ")"
 * value      = word | 'text' | "text"
 * ```
 *
 * Keywords and fields may be in any case. In a quoted text a quote or backslash follows a backslash.
 *
 * - Texts: `=`, `!=` and `in` do not tell upper from lower case, nor does `~` (contains), all as `foldText` has it; `==`
 *   compares to the letter.
 * - `price` takes numbers, and is ordered.
 * - `scraped_at` takes dates in UTC, each of which is a span of time: `=2024-01-15` is that day, `>` after it, `>=` from
 *   its beginning on, and `=2024-01` is a month.
 * - `source` is one of its two words.
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
    if (is(token, 'in')) return choice(field, this.#choice(field));
    const operator = operatorOf(token, field);
    return comparison(field, operator, this.#countedValue());
  }

  #choice(field: FilterField): Token[] {
    const values: Token[] = [];
    this.#expectNext('(');
    do {
      const value = this.#countedValue();
      // What is wrong with it is told before what is wrong behind it.
      choice(field, [value]);
      values.push(value);
    } while (this.#takeIf(','));
    this.#expectNext(')');
    return values;
  }

  #countedValue(): Token {
    const token = this.#take();
    this.#values++;
    if (this.#values <= MAX_VALUES) return token;
    throw new FilterSyntaxError(token.position, `it compares with more than ${String(MAX_VALUES)} values`);
  }
}
