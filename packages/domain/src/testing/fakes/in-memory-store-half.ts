import { lengthOf, UNIT_LENGTH_TOLERANCE } from '../../embedding.js';
import { EmbeddingDimensionError, VectorStoreError, type UpsertFailure } from '../../errors.js';
import type { StoredItem } from '../../fashion-item.js';
import { documentOf } from '../../item-document.js';
import type { HalfRecord, HalfRow, StoreHalf } from '../../ports/store-half.js';
import { settle } from '../settle.js';

/** A {@link StoreHalf} whose rows can be spoilt at will. */
export class InMemoryStoreHalf implements StoreHalf {
  readonly name: string;
  /** Undefined while the half does not exist. */
  rows: Map<string, HalfRow> | undefined;
  /** What reading rejects with, as for a torn index; `replace` mends it. */
  damage: VectorStoreError | undefined;
  isForeign = false;
  readonly #dimensions: number;

  constructor(name: string, dimensions: number) {
    this.name = name;
    this.#dimensions = dimensions;
  }

  exists(): Promise<boolean> {
    return Promise.resolve(this.rows !== undefined);
  }

  async *getAllIds(): AsyncIterable<string> {
    yield* await this.#access(() => [...this.#rows.keys()]);
  }

  filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return this.#access(() => new Set(itemIds.filter((id) => this.#rows.has(id))));
  }

  getRows(itemIds: readonly string[]): Promise<HalfRow[]> {
    return this.#access(() => [...new Set(itemIds)].flatMap((id) => this.#rows.get(id) ?? []));
  }

  trySearch(): Promise<void> {
    return this.#access(() => undefined);
  }

  put(records: readonly HalfRecord[]): Promise<UpsertFailure[]> {
    return this.#access(() => {
      if (this.rows === undefined) throw new VectorStoreError('STORE_FAILED', `There is no ${this.name}`);
      for (const { stored, vector } of records) this.#check(vector, stored.item.itemId);
      for (const { stored, vector } of records) {
        const { itemId } = stored.item;
        if (itemId !== '') this.rows.set(itemId, { itemId, vector: vector.slice(), ...today(stored) });
      }
      return this.refusals(records.map(({ stored }) => stored));
    });
  }

  refresh(items: readonly StoredItem[]): Promise<UpsertFailure[]> {
    return this.#access(() => {
      for (const stored of items) {
        const row = this.rows?.get(stored.item.itemId);
        if (row) this.rows?.set(row.itemId, { ...row, ...today(stored, row.document) });
      }
      return this.refusals(items);
    });
  }

  refusals(items: readonly StoredItem[]): UpsertFailure[] {
    return items.flatMap(({ item: { itemId } }) => (itemId === '' ? [{ itemId, reason: 'the id is empty' }] : []));
  }

  adopt(): Promise<void> {
    return this.#access(() => {
      this.isForeign = false;
    });
  }

  delete(itemIds: readonly string[]): Promise<void> {
    return this.#access(() => {
      for (const id of itemIds) this.rows?.delete(id);
    });
  }

  replace(): Promise<void> {
    return settle(() => {
      this.rows = new Map();
      this.damage = undefined;
      this.isForeign = false;
    });
  }

  get #rows(): ReadonlyMap<string, HalfRow> {
    return this.rows ?? new Map<string, HalfRow>();
  }

  #access<T>(run: () => T): Promise<T> {
    return this.damage === undefined ? settle(run) : Promise.reject(this.damage);
  }

  #check(vector: Float32Array, itemId: string): void {
    if (vector.length !== this.#dimensions || !(Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EmbeddingDimensionError(`The vector of ${itemId} is no unit vector of ${this.name}`);
    }
  }
}

/** What is written beside a vector. @param document that is there. */
function today(stored: StoredItem, document = ''): Omit<HalfRow, 'itemId' | 'vector'> {
  return { stored, document: document === '' ? documentOf(stored.item) : document, outdated: false };
}
