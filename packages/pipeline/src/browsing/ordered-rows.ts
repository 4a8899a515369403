import { setImmediate } from 'node:timers/promises';

import { LOOKED_AT_ONCE, type ItemColumns } from '../search/item-columns.js';
import { valueComparison, type ItemOrder, type ItemOrderField } from './item-order.js';
import { sortedInTurns } from './sorted-in-turns.js';

/** The rows of what was read of a store, in the orders that were asked for: four bytes a row and order. */
export class OrderedRows {
  readonly #columns: ItemColumns;
  readonly #orders = new Map<string, Promise<Uint32Array>>();

  constructor(columns: ItemColumns) {
    this.#columns = columns;
  }

  /** All of them. */
  in(order: ItemOrder): Promise<Uint32Array> {
    const isDescending = order.by !== 'stored' && order.isDescending === true;
    const name = `${order.by} ${isDescending ? 'descending' : 'ascending'}`;
    const rows = this.#orders.get(name) ?? this.#ordered(order.by, isDescending);
    this.#orders.set(name, rows);
    return rows;
  }

  async #ordered(by: ItemOrder['by'], isDescending: boolean): Promise<Uint32Array> {
    if (by === 'stored') return Uint32Array.from({ length: this.#columns.size }, (_, row) => row);
    if (by === 'itemId') return this.#byId(isDescending);
    return this.#byField(by, isDescending);
  }

  async #byId(isDescending: boolean): Promise<Uint32Array> {
    const compare = valueComparison(isDescending);
    const rows = Array.from({ length: this.#columns.size }, (_, row) => row);
    return Uint32Array.from(await sortedInTurns(rows, (a, b) => compare(this.#columns.idOf(a), this.#columns.idOf(b))));
  }

  /** Each value is compared once, and its rows are put behind each other. */
  async #byField(field: Exclude<ItemOrderField, 'itemId'>, isDescending: boolean): Promise<Uint32Array> {
    const column = await this.#columns.column(field);
    const compare = valueComparison(isDescending);
    const places = await sortedInTurns([...column.values.keys()], (a, b) =>
      compare(column.values[a] ?? '', column.values[b] ?? ''),
    );
    /** Of each value, where the next of its rows goes. */
    const next = new Uint32Array(column.values.length);
    let before = 0;
    for (const [i, place] of places.entries()) {
      next[place] = before;
      before += column.count(column.values[place] ?? '');
      if (i % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    }
    const ordered = new Uint32Array(this.#columns.size);
    for (let row = 0; row < ordered.length; row++) {
      const place = column.placeOf(row);
      const at = next[place] ?? 0;
      ordered[at] = row;
      next[place] = at + 1;
      if (row % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await setImmediate();
    }
    return ordered;
  }
}
