import { setImmediate } from 'node:timers/promises';

import { timeOf, valueTest, writtenFieldName, type FilterTest } from '@fashionmatch/domain';

import type { FilterHint } from './filter-hint.js';
import { LOOKED_AT_ONCE, type ItemColumn } from './item-columns.js';

/** A comparison of what has an order or is one of a few words, which are not looked up by their letters. */
export type OrderTest = FilterTest & { readonly field: 'price' | 'scrapedAt' | 'source' };

const SYMBOLS = { eq: '=', in: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** The stored value nearest to what was asked for, where no stored value meets the comparison. */
export async function orderHint(test: OrderTest, stored: ItemColumn): Promise<FilterHint | undefined> {
  // What differs from one value only is near to nothing.
  if (test.op === 'ne') return undefined;
  const meets = valueTest(test);
  let best: { readonly distance: number; readonly value: string | number } | undefined;
  for (const [place, value] of stored.values.entries()) {
    if (place % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    if (meets(value) === true) return undefined;
    const distance = distanceOf(test, value);
    if (distance < (best?.distance ?? Infinity)) best = { distance, value };
  }
  if (best === undefined) return undefined;
  const { value } = best;
  return { field: writtenFieldName(test.field), ...askedOf(test), nearest: String(value), items: stored.count(value) };
}

/** In the field's own unit; NaN where there is nothing to compare. */
function distanceOf(test: OrderTest, value: string | number): number {
  if (test.op === 'during') {
    const time = timeOf(String(value));
    return time < test.from ? test.from - time : time - test.until;
  }
  if (test.field === 'source') return 1;
  const asked = test.op === 'in' ? test.values : [test.value];
  return value === 0 ? Number.NaN : Math.min(...asked.map((bound) => Math.abs(Number(value) - Number(bound))));
}

/** As it could have been written. */
function askedOf(test: OrderTest): Pick<FilterHint, 'operator' | 'asked'> {
  if (test.op !== 'during') {
    const asked = test.op === 'in' ? test.values.join(', ') : String(test.value);
    return { operator: SYMBOLS[test.op], asked };
  }
  if (test.from === -Infinity) return { operator: '<', asked: writtenTime(test.until) };
  if (test.until === Infinity) return { operator: '>=', asked: writtenTime(test.from) };
  return { operator: '=', asked: writtenTime(test.from) };
}

/** As short as says the same: `2024-01-15` for its first moment. */
const writtenTime = (time: number): string => new Date(time).toISOString().replace(/(?:T00:00:00)?\.000Z$/, '');
