import { itemTest, type MetadataFilter, type VectorStore } from '@fashionmatch/domain';

import { orderValueOf, valueComparison, type ItemOrder } from './item-order.js';
import { sortedInTurns } from './sorted-in-turns.js';

/** Which of the stored items are to be shown. */
export interface ItemPageQuery {
  /** All items, unless given. */
  readonly filter?: MetadataFilter | undefined;
  readonly order: ItemOrder;
  /** How many are passed over. */
  readonly offset: number;
  readonly limit: number;
}

/** Which items a page has. */
export interface PageIds {
  /** How many items pass the filter. */
  readonly total: number;
  readonly itemIds: readonly string[];
}

interface Entry {
  readonly itemId: string;
  readonly value: string | number;
}

/** Entries beyond twice those that are wanted, before they are sorted and cut. */
const SPARE_ENTRIES = 1_000;

/** Whether the items themselves say nothing of which are on a page. */
export const needsIdsAlone = ({ filter, order }: ItemPageQuery): boolean =>
  filter === undefined && order.by === 'stored';

/**
 * A page of what a store lists, where nothing of it is kept. Every item is gone through, unless their ids are enough. Memory
 * grows with `offset`, not with the store.
 */
export async function listedPage(
  store: Pick<VectorStore, 'count' | 'getAllIds' | 'listItems'>,
  query: ItemPageQuery,
): Promise<PageIds> {
  const { filter, order, offset, limit } = query;
  if (needsIdsAlone(query)) {
    const [total, itemIds] = await Promise.all([store.count(), some(store.getAllIds(), offset, limit)]);
    return { total, itemIds };
  }
  const passes = filter === undefined ? () => true : itemTest(filter);
  const first = new FirstEntries(order, offset + limit);
  let total = 0;
  for await (const stored of store.listItems()) {
    if (!passes(stored)) continue;
    total++;
    const value = order.by === 'stored' ? '' : orderValueOf(stored, order.by);
    await first.add({ itemId: stored.item.itemId, value });
  }
  const entries = await first.all();
  return { total, itemIds: entries.slice(offset).map(({ itemId }) => itemId) };
}

/** The first of many entries, in an order. */
class FirstEntries {
  readonly #order: ItemOrder;
  readonly #count: number;
  #entries: Entry[] = [];

  constructor(order: ItemOrder, count: number) {
    this.#order = order;
    this.#count = count;
  }

  async add(entry: Entry): Promise<void> {
    if (this.#order.by === 'stored' && this.#entries.length === this.#count) return;
    if (this.#entries.push(entry) > 2 * this.#count + SPARE_ENTRIES) this.#entries = await this.all();
  }

  async all(): Promise<Entry[]> {
    if (this.#order.by === 'stored') return this.#entries;
    const compare = valueComparison(this.#order.isDescending === true);
    const sorted = await sortedInTurns(this.#entries, (a, b) => compare(a.value, b.value));
    return sorted.slice(0, this.#count);
  }
}

async function some<T>(all: AsyncIterable<T>, offset: number, limit: number): Promise<T[]> {
  const some: T[] = [];
  let passed = 0;
  for await (const one of all) if (passed++ >= offset && some.push(one) === limit) break;
  return some;
}
