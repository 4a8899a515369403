import { FashionMatchError, reasonOf } from '../errors.js';
import { knowAcrossCopies } from '../known-across-copies.js';

/** In UTF-16 units. */
const MAX_LENGTH = 4_000;

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

export interface Token {
  readonly kind: 'mark' | 'quoted' | 'word' | 'end';
  /** Of a quoted text, what it stands for. */
  readonly value: string;
  readonly position: number;
}

const TOKEN =
  /\s+|(?<mark>[<>!=]=|[<>=~(),])|(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<word>[^\s<>=~!(),'"\\\p{Cc}]+)/gsuy;

/** @throws FilterSyntaxError */
export function tokensOf(text: string): Token[] {
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
export function is({ kind, value }: Token, expected: string): boolean {
  return kind !== 'quoted' && value.toLowerCase() === expected;
}

export function unexpected({ kind, value, position }: Token, expected: string): FilterSyntaxError {
  const line = reasonOf(value);
  const found = kind === 'end' ? 'the end' : `"${line.length > 40 ? `${line.slice(0, 39)}…` : line}"`;
  return new FilterSyntaxError(position, `${found} stands where ${expected} is expected`);
}
