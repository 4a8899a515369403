import { setImmediate } from 'node:timers/promises';

import {
  FILTER_FIELDS,
  filterValueOf,
  rowTest,
  valueTest,
  type EmbeddingJournal,
  type FilterField,
  type FilterTest,
  type MetadataFilter,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';

/** Of more items nothing is kept: an item takes up to 400 bytes. */
const MAX_ITEMS = 1_000_000;

/** Items that the journal lacks. */
const READ_AT_ONCE = 1_000;

/** Values or rows that are looked at before others get their turn: a few milliseconds' worth. */
export const LOOKED_AT_ONCE = 2_000;

/** What the items have in one field: each value once, and which item has which. */
class Column {
  /** In the order in which they were first seen. */
  readonly values: (string | number)[] = [];
  readonly #places = new Map<string | number, number>();
  readonly #counts: number[] = [];
  /** Of each row, the place of its value. */
  readonly #rows: number[] = [];

  /** @param rows what each item has. */
  static async of(rows: readonly (string | number)[]): Promise<Column> {
    const column = new Column();
    for (const value of rows) {
      column.#add(value);
      if (column.#rows.length % LOOKED_AT_ONCE === 0) await setImmediate();
    }
    return column;
  }

  /** Which of the values a row has: its place among {@link values}. */
  placeOf(row: number): number {
    return this.#rows[row] ?? -1;
  }

  /** How many items have a value. */
  count(value: string | number): number {
    return this.#counts[this.#places.get(value) ?? -1] ?? 0;
  }

  /** Which rows' values a comparison comes to what is expected of. Each value is compared once. */
  async compared(test: FilterTest): Promise<(row: number, expected: boolean) => boolean> {
    const meets = valueTest(test);
    const outcomes: (boolean | undefined)[] = [];
    for (const value of this.values) {
      if (outcomes.push(meets(value)) % LOOKED_AT_ONCE === 0) await setImmediate();
    }
    return (row, expected) => outcomes[this.#rows[row] ?? -1] === expected;
  }

  #add(value: string | number): void {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.#places.set(value, place);
      this.#counts.push(0);
    }
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#rows.push(place);
  }
}

/** The values of a field. */
export type ItemColumn = Pick<Column, 'count' | 'placeOf' | 'values'>;

interface ReadField {
  readonly field: FilterField;
  rows: (string | number)[];
}

/**
 * What the stored items have in the fields that a search can be narrowed by, as it was when it was read: to compare all
 * of a large store takes a fraction of a second then. The rows are the items in the order in which the store lists them.
 */
export class ItemColumns {
  #itemIds: string[] = [];
  /** As they were read: a field's are gone through when it is first asked for. */
  readonly #read = FILTER_FIELDS.map((field): ReadField => ({ field, rows: [] }));
  readonly #columns = new Map<FilterField, Promise<Column>>();

  /** Undefined where there are too many. */
  static async of(items: AsyncIterable<StoredItem>): Promise<ItemColumns | undefined> {
    const columns = new ItemColumns();
    for await (const stored of items) if (columns.#add(stored) > MAX_ITEMS) return undefined;
    return columns;
  }

  /**
   * Of a store's items: those that a journal remembers are read there, which takes a fraction of the time, while the store
   * says which it has. Undefined where there are too many.
   */
  static async read(
    store: Pick<VectorStore, 'getAllIds' | 'getItemsByIds'>,
    journal: Pick<EmbeddingJournal, 'getItems'>,
  ): Promise<ItemColumns | undefined> {
    const [columns, places] = await Promise.all([ItemColumns.of(journal.getItems()), placesOf(store)]);
    if (columns === undefined || places === undefined) return undefined;
    const [items, order] = [places.size, await columns.#placed(places)];
    for await (const some of batches(places.keys(), READ_AT_ONCE)) {
      for (const stored of await store.getItemsByIds(some)) {
        order[places.get(stored.item.itemId) ?? items] = columns.#add(stored) - 1;
      }
    }
    await columns.#arrange(order);
    return columns;
  }

  /** How many items there are. */
  get size(): number {
    return this.#itemIds.length;
  }

  idOf(row: number): string {
    return this.#itemIds[row] ?? '';
  }

  /** The test of which rows pass. */
  async passes(filter: MetadataFilter): Promise<(row: number) => boolean> {
    const compared = new Map<FilterTest, (row: number, expected: boolean) => boolean>();
    for (const test of comparisonsOf(filter)) {
      const column = await this.#column(test.field);
      compared.set(test, await column.compared(test));
    }
    return rowTest<number>(filter, (test, expected) => {
      const isMet = compared.get(test) ?? (() => false);
      return (row) => isMet(row, expected);
    });
  }

  /** The ids of the items that pass; undefined when they are more than `limit`. */
  async passing(filter: MetadataFilter, limit: number): Promise<string[] | undefined> {
    const passes = await this.passes(filter);
    const passing: string[] = [];
    for (const [row, itemId] of this.#itemIds.entries()) {
      if (row % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
      if (!passes(row)) continue;
      if (passing.length === limit) return undefined;
      passing.push(itemId);
    }
    return passing;
  }

  /** The values of a field; undefined when they are more than `limit`. */
  async values(field: FilterField, limit: number): Promise<string[] | undefined> {
    const { values } = await this.#column(field);
    return values.length > limit ? undefined : values.map(String);
  }

  column(field: FilterField): Promise<ItemColumn> {
    return this.#column(field);
  }

  /** How many there are then. */
  #add(stored: StoredItem): number {
    for (const { field, rows } of this.#read) rows.push(filterValueOf(stored, field));
    return this.#itemIds.push(stored.item.itemId);
  }

  /**
   * The rows of the items by their places; -1 where there is none yet.
   *
   * @param places of which those of other items are left.
   */
  async #placed(places: Map<string, number>): Promise<Int32Array> {
    // One more, for what nobody asked for.
    const order = new Int32Array(places.size + 1).fill(-1);
    for (const [row, itemId] of this.#itemIds.entries()) {
      if (row % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
      const place = places.get(itemId);
      if (place !== undefined) order[place] = row;
      places.delete(itemId);
    }
    return order;
  }

  /** Puts the rows in another order, without those that it lacks. */
  async #arrange(order: Int32Array): Promise<void> {
    const kept = order.subarray(0, -1).filter((row) => row >= 0);
    for (const read of this.#read) read.rows = await inOrder(read.rows, kept);
    this.#itemIds = await inOrder(this.#itemIds, kept);
  }

  #column(field: FilterField): Promise<Column> {
    const known = this.#columns.get(field);
    if (known) return known;
    const read = this.#read.find((one) => one.field === field);
    const column = Column.of(read?.rows ?? []);
    // What is known of each row is in the column now.
    if (read) read.rows = [];
    this.#columns.set(field, column);
    return column;
  }
}

/** The places of the items among those that a store lists. Undefined where there are too many. */
async function placesOf(store: Pick<VectorStore, 'getAllIds'>): Promise<Map<string, number> | undefined> {
  const places = new Map<string, number>();
  for await (const itemId of store.getAllIds()) {
    const { size } = places.set(itemId, places.size);
    if (size > MAX_ITEMS) return undefined;
    if (size % LOOKED_AT_ONCE === 0) await setImmediate();
  }
  return places;
}

async function inOrder<T>(values: readonly T[], order: Int32Array): Promise<T[]> {
  const ordered: T[] = [];
  for (const [place, row] of order.entries()) {
    if (place % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    const value = values[row];
    if (value !== undefined) ordered.push(value);
  }
  return ordered;
}

function comparisonsOf(filter: MetadataFilter): FilterTest[] {
  if ('field' in filter) return [filter];
  return filter.op === 'not' ? comparisonsOf(filter.filter) : filter.filters.flatMap(comparisonsOf);
}
