import { setImmediate } from 'node:timers/promises';

import {
  foldText,
  isTextField,
  valueTest,
  writtenFieldName,
  type FilterTest,
  type TextFilterField,
} from '@fashionmatch/domain';
import leven from 'leven';

import type { FilterHint } from './filter-hint.js';
import { LOOKED_AT_ONCE } from './item-columns.js';

/** A comparison of texts: looked up by their letters. */
export type TextTest = Extract<FilterTest, { readonly op: 'alike' | 'contains' | 'eq' | 'in' }> & {
  readonly field: TextFilterField;
};

const OPERATORS = { alike: '=', contains: '~', eq: '==', in: '==' } as const;

export const isOfText = (test: FilterTest): test is TextTest =>
  isTextField(test.field) && Object.hasOwn(OPERATORS, test.op);

/** Of longer texts, the beginnings are compared. */
const COMPARED_LENGTH = 100;

/** Of more that was asked for, the first are compared with what is stored: two seconds' worth, at most. */
const MAX_COMPARED = 1_000_000;

/**
 * The stored value nearest to what was asked for, where no stored value meets the comparison.
 *
 * @param values all that are stored.
 * @param count how many items have one of some values.
 */
export async function textHint(
  test: TextTest,
  values: readonly (string | number)[],
  count: (values: readonly string[]) => Promise<number> | number,
): Promise<FilterHint | undefined> {
  const { asked, nearest } = (await nearestOf(test, values)) ?? {};
  if (asked === undefined || nearest === undefined) return undefined;
  const { field } = test;
  const operator = OPERATORS[test.op];
  const instead: TextTest =
    test.op === 'contains' ? { op: 'contains', field, value: nearest } : { op: 'alike', field, values: [nearest] };
  const found = operator === '==' ? [nearest] : await meeting(instead, values);
  return { field: writtenFieldName(field), operator, asked, nearest, items: await count(found) };
}

async function meeting(test: TextTest, values: readonly (string | number)[]): Promise<string[]> {
  const meets = valueTest(test);
  const found: string[] = [];
  for (const [place, value] of values.entries()) {
    if (place % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    if (meets(value) === true) found.push(String(value));
  }
  return found;
}

/**
 * Which stored text it takes the fewest changes to; of equals, the first. What is to be contained is compared with words,
 * too. Undefined where a value meets the comparison, or there is none.
 */
async function nearestOf(test: TextTest, values: readonly (string | number)[]): Promise<NearestText | undefined> {
  const meets = valueTest(test);
  const most = Math.max(1, Math.floor(MAX_COMPARED / values.length));
  const searches = ('values' in test ? test.values : [test.value])
    .slice(0, most)
    .map((asked) => new NearestText(String(asked)));
  for (const [place, stored] of values.entries()) {
    if (place % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    const value = String(stored);
    if (value === '') continue;
    if (meets(value) === true) return undefined;
    const words = test.op === 'contains' ? value.split(/\s+/).filter((word) => word !== '') : [];
    for (const text of [value, ...words]) for (const search of searches) search.add(text);
  }
  return searches.sort((one, other) => one.distance - other.distance)[0];
}

class NearestText {
  readonly asked: string;
  /** As it is stored. */
  nearest: string | undefined;
  distance = Infinity;
  readonly #compared: string;

  constructor(asked: string) {
    this.asked = asked;
    this.#compared = comparedOf(asked);
  }

  add(text: string): void {
    const compared = comparedOf(text);
    if (Math.abs(compared.length - this.#compared.length) >= this.distance) return;
    const most = this.distance === Infinity ? {} : { maxDistance: this.distance };
    const distance = leven(this.#compared, compared, most);
    if (distance < this.distance) [this.distance, this.nearest] = [distance, text];
  }
}

const comparedOf = (text: string): string => foldText(text).slice(0, COMPARED_LENGTH);
