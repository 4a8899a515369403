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
  const found = await nearestOf(test, values);
  if (found === undefined) return undefined;
  const { asked, alike } = found;
  const [nearest = ''] = alike;
  const operator = OPERATORS[test.op];
  const items = await count(operator === '==' ? [nearest] : alike);
  return { field: writtenFieldName(test.field), operator, asked, nearest, items };
}

interface Nearest {
  readonly asked: string;
  /** The stored values, all alike, that it takes the fewest changes to; of equals, the first. */
  readonly alike: readonly string[];
  readonly distance: number;
}

/** Undefined where a value meets the comparison, or there is none. What is to be contained is compared with words, too. */
async function nearestOf(test: TextTest, values: readonly (string | number)[]): Promise<Nearest | undefined> {
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
    const whole = comparedOf(value);
    const parts = test.op === 'contains' ? new Set([whole, ...whole.split(/\s+/)]) : [whole];
    for (const part of parts) for (const search of searches) search.add(part, value);
  }
  const [nearest] = searches.sort((one, other) => one.distance - other.distance);
  return nearest && nearest.alike.length > 0 ? nearest : undefined;
}

class NearestText implements Nearest {
  readonly asked: string;
  readonly alike: string[] = [];
  distance = Infinity;
  readonly #compared: string;
  #nearest: string | undefined;

  constructor(asked: string) {
    this.asked = asked;
    this.#compared = comparedOf(asked);
  }

  /** A part of a value: the same one again stands for one more value. */
  add(part: string, value: string): void {
    if (part === this.#nearest) this.alike.push(value);
    if (Math.abs(part.length - this.#compared.length) >= this.distance) return;
    const distance = leven(this.#compared, part, this.distance === Infinity ? {} : { maxDistance: this.distance });
    if (distance >= this.distance) return;
    [this.distance, this.#nearest] = [distance, part];
    this.alike.splice(0, Infinity, value);
  }
}

const comparedOf = (text: string): string => foldText(text).slice(0, COMPARED_LENGTH);
