import { setImmediate } from 'node:timers/promises';

import {
  FILTER_FIELDS,
  filterValueOf,
  rowTest,
  valueTest,
  type FilterField,
  type FilterTest,
  type MetadataFilter,
  type StoredItem,
} from '@fashionmatch/domain';

/** Of more items nothing is kept: an item takes about 300 bytes. */
const MAX_ITEMS = 1_000_000;

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
  readonly #itemIds: string[] = [];
  /** As they were read: a field's are gone through when it is first asked for. */
  readonly #read = FILTER_FIELDS.map((field): ReadField => ({ field, rows: [] }));
  readonly #columns = new Map<FilterField, Promise<Column>>();

  /** Undefined where there are too many. */
  static async read(items: AsyncIterable<StoredItem>): Promise<ItemColumns | undefined> {
    const read = new ItemColumns();
    for await (const stored of items) {
      if (read.#itemIds.push(stored.item.itemId) > MAX_ITEMS) return undefined;
      for (const { field, rows } of read.#read) rows.push(filterValueOf(stored, field));
    }
    return read;
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

function comparisonsOf(filter: MetadataFilter): FilterTest[] {
  if ('field' in filter) return [filter];
  return filter.op === 'not' ? comparisonsOf(filter.filter) : filter.filters.flatMap(comparisonsOf);
}
