import {
  timeOf,
  valueTest,
  writtenFieldName,
  type FilterTest,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import type { FilterHint } from './filter-hint.js';

/** A comparison of what has an order or is one of a few words, which are not looked up by their letters. */
export type OrderTest = FilterTest & { readonly field: 'price' | 'scrapedAt' | 'source' };

const SYMBOLS = { eq: '=', in: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** What is stored nearest to what one comparison asks for. */
class NearestStored {
  readonly #test: OrderTest;
  readonly #meets: (value: string | number) => boolean | undefined;
  #distance = Infinity;
  #nearest: string | number | undefined;
  #items = 0;
  #isMet = false;

  constructor(test: OrderTest) {
    this.#test = test;
    this.#meets = valueTest(test);
  }

  add({ item, provenance }: StoredItem): void {
    const { field } = this.#test;
    const value = field === 'source' ? provenance.source : item[field];
    this.#isMet ||= this.#meets(value) === true;
    const distance = distanceOf(this.#test, value);
    if (value === this.#nearest) this.#items++;
    if (!(distance < this.#distance)) return;
    [this.#distance, this.#nearest, this.#items] = [distance, value, 1];
  }

  /** Undefined where an item meets the comparison, or none has anything to compare. */
  get hint(): FilterHint | undefined {
    if (this.#isMet || this.#nearest === undefined) return undefined;
    const field = writtenFieldName(this.#test.field);
    return { field, ...askedOf(this.#test), nearest: String(this.#nearest), items: this.#items };
  }
}

/** What of these comparisons no stored item meets, with the stored value that is nearest. Every item is gone through. */
export async function orderHints(
  store: Pick<VectorStore, 'listItems'>,
  tests: readonly OrderTest[],
): Promise<FilterHint[]> {
  // What differs from one value only is near to nothing.
  const nearest = tests.filter(({ op }) => op !== 'ne').map((test) => new NearestStored(test));
  if (nearest.length === 0) return [];
  for await (const stored of store.listItems()) for (const one of nearest) one.add(stored);
  return nearest.flatMap(({ hint }) => hint ?? []);
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
