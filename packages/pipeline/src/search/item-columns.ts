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
export type ItemColumn = Pick<Column, 'count' | 'values'>;

interface ReadField {
  readonly field: FilterField;
  rows: (string | number)[];
}

/**
 * What the stored items have in the fields that a search can be narrowed by, as it was when it was read: to compare all
 * of a large store takes a fraction of a second then.
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
    const [columns, ids] = await Promise.all([ItemColumns.of(journal.getItems()), idsOf(store)]);
    if (columns === undefined || ids === undefined) return undefined;
    await columns.#keepOnly(ids);
    for await (const some of batches(ids, READ_AT_ONCE)) {
      for (const stored of await store.getItemsByIds(some)) columns.#add(stored);
    }
    return columns;
  }

  /** How many items there are. */
  get size(): number {
    return this.#itemIds.length;
  }

  /** The ids of the items that pass; undefined when they are more than `limit`. */
  async passing(filter: MetadataFilter, limit: number): Promise<string[] | undefined> {
    const compared = new Map<FilterTest, (row: number, expected: boolean) => boolean>();
    for (const test of comparisonsOf(filter)) {
      const column = await this.#column(test.field);
      compared.set(test, await column.compared(test));
    }
    const passes = rowTest<number>(filter, (test, expected) => {
      const isMet = compared.get(test) ?? (() => false);
      return (row) => isMet(row, expected);
    });
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

  /** @param ids of which those of other items are left. */
  async #keepOnly(ids: Set<string>): Promise<void> {
    const isKept: boolean[] = [];
    for (const itemId of this.#itemIds) {
      if (isKept.push(ids.delete(itemId)) % LOOKED_AT_ONCE === 0) await setImmediate();
    }
    if (!isKept.includes(false)) return;
    for (const read of this.#read) {
      read.rows = read.rows.filter((_, row) => isKept[row]);
      await setImmediate();
    }
    this.#itemIds = this.#itemIds.filter((_, row) => isKept[row]);
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

/** Undefined where there are too many. */
async function idsOf(store: Pick<VectorStore, 'getAllIds'>): Promise<Set<string> | undefined> {
  const ids = new Set<string>();
  for await (const itemId of store.getAllIds()) if (ids.add(itemId).size > MAX_ITEMS) return undefined;
  return ids;
}

function comparisonsOf(filter: MetadataFilter): FilterTest[] {
  if ('field' in filter) return [filter];
  return filter.op === 'not' ? comparisonsOf(filter.filter) : filter.filters.flatMap(comparisonsOf);
}
