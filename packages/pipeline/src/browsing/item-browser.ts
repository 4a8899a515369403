import { setImmediate } from 'node:timers/promises';

import { foldText, ItemNotFoundError, type LooseTest, type StoredItem, type VectorStore } from '@fashionmatch/domain';

import { LOOKED_AT_ONCE, type ItemColumns } from '../search/item-columns.js';
import type { KeptColumns } from '../search/kept-columns.js';
import { valueComparison } from './item-order.js';
import { listedPage, needsIdsAlone, type ItemPageQuery, type PageIds } from './listed-page.js';
import { OrderedRows } from './ordered-rows.js';

/** Some of the stored items. */
export interface ItemPage {
  /** How many there are on all pages. */
  readonly total: number;
  readonly items: readonly StoredItem[];
}

/** The fields whose values can be told. */
export type ValuesField = Exclude<LooseTest['field'], 'scrapedAt'>;

/** So many values somebody may choose from; of more, nobody would. */
const MAX_VALUES = 2_000;

type BrowsedStore = Pick<
  VectorStore,
  'count' | 'distinctValues' | 'filterStored' | 'getAllIds' | 'getItemsByIds' | 'listItems'
>;

/**
 * The stored items, to be looked through without an image. What was read of a store is kept until it changes: then any
 * page, in any order and through any filter, takes milliseconds. A store that cannot tell when it changes is gone through
 * for each page.
 */
export class ItemBrowser {
  readonly #store: BrowsedStore;
  readonly #columns: Pick<KeptColumns, 'known' | 'read'>;
  readonly #ordered = new WeakMap<ItemColumns, OrderedRows>();

  constructor(store: BrowsedStore, columns: Pick<KeptColumns, 'known' | 'read'>) {
    this.#store = store;
    this.#columns = columns;
  }

  /** The same for the same query, while the store does not change. */
  async page(query: ItemPageQuery): Promise<ItemPage> {
    // The first page that anybody sees does not wait for all items.
    const columns = await (needsIdsAlone(query) ? this.#columns.known() : this.#columns.read());
    const { total, itemIds } = columns
      ? await pageOf(columns, this.#rowsOf(columns), query)
      : await listedPage(this.#store, query);
    const stored = itemIds.length > 0 ? await this.#store.getItemsByIds(itemIds) : [];
    const byId = new Map(stored.map((one) => [one.item.itemId, one]));
    return { total, items: itemIds.flatMap((itemId) => byId.get(itemId) ?? []) };
  }

  /** @throws ItemNotFoundError */
  async item(itemId: string): Promise<StoredItem> {
    const [isStored, [stored]] = await Promise.all([
      this.#store.filterStored([itemId]),
      this.#store.getItemsByIds([itemId]),
    ]);
    if (stored === undefined || !isStored.has(itemId)) throw new ItemNotFoundError([itemId]);
    return stored;
  }

  /**
   * The different values of a field in the order of a dictionary, of those that differ in case alone one; undefined when
   * they are too many to choose from.
   */
  async values(field: ValuesField): Promise<string[] | undefined> {
    const columns = await this.#columns.read();
    const values = columns
      ? await columns.values(field, MAX_VALUES)
      : await this.#store.distinctValues(field, MAX_VALUES);
    if (values === undefined) return undefined;
    const spellings = new Map<string, string>();
    for (const value of values) {
      const folded = foldText(value);
      if (value !== '' && !spellings.has(folded)) spellings.set(folded, value);
    }
    return [...spellings.values()].sort(valueComparison(false));
  }

  #rowsOf(columns: ItemColumns): OrderedRows {
    const rows = this.#ordered.get(columns) ?? new OrderedRows(columns);
    this.#ordered.set(columns, rows);
    return rows;
  }
}

async function pageOf(
  columns: ItemColumns,
  ordered: OrderedRows,
  { filter, order, offset, limit }: ItemPageQuery,
): Promise<PageIds> {
  const rows = await ordered.in(order);
  const idsOf = (some: Iterable<number>): string[] => Array.from(some, (row) => columns.idOf(row));
  if (filter === undefined) return { total: rows.length, itemIds: idsOf(rows.subarray(offset, offset + limit)) };
  const passes = await columns.passes(filter);
  const page: number[] = [];
  let total = 0;
  for (const [place, row] of rows.entries()) {
    if (place % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    if (!passes(row)) continue;
    if (total >= offset && page.length < limit) page.push(row);
    total++;
  }
  return { total, itemIds: idsOf(page) };
}
