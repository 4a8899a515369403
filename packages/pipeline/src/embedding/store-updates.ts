import type { BatchInsertResult, EmbeddedItem, StoredItem, VectorStore } from '@fashionmatch/domain';

/** An item that takes over the vectors of a stored one: their images are the same, byte for byte. */
export interface VectorCopy {
  readonly target: StoredItem;
  /** Id of the item that has the vectors. */
  readonly from: string;
}

export interface StoreUpdatesListener {
  stored(target: StoredItem): void;
  refused(target: StoredItem, reason: string): void;
}

/** Large enough to spare round trips, small enough to be no burden if the run is killed. */
const FLUSH_AT = 100;

/** Writes what a run decided to the store; what needs no encoding is collected first, and sent in groups. */
export class StoreUpdates {
  readonly #store: VectorStore;
  readonly #listener: StoreUpdatesListener;
  #refreshes: StoredItem[] = [];
  #copies: VectorCopy[] = [];
  #restored: EmbeddedItem[] = [];

  constructor(store: VectorStore, listener: StoreUpdatesListener) {
    this.#store = store;
    this.#listener = listener;
  }

  /** New metadata for vectors that stay. */
  async refresh(target: StoredItem): Promise<void> {
    this.#refreshes.push(target);
    if (this.#refreshes.length >= FLUSH_AT) await this.flush();
  }

  async copy(copy: VectorCopy): Promise<void> {
    this.#copies.push(copy);
    if (this.#copies.length >= FLUSH_AT) await this.flush();
  }

  /** An item whose vectors are known already. */
  async restore(item: EmbeddedItem): Promise<void> {
    this.#restored.push(item);
    if (this.#restored.length >= FLUSH_AT) await this.flush();
  }

  async flush(): Promise<void> {
    const [refreshes, copies, restored] = [this.#refreshes, this.#copies, this.#restored];
    this.#refreshes = [];
    this.#copies = [];
    this.#restored = [];
    if (refreshes.length > 0) this.#tell(refreshes, await this.#store.updateMetadata(refreshes));
    if (copies.length > 0) await this.#copyVectors(copies);
    await this.upsert(restored);
  }

  async #copyVectors(copies: readonly VectorCopy[]): Promise<void> {
    const originals = await this.#store.getByIds([...new Set(copies.map(({ from }) => from))]);
    const embeddings = new Map(originals.map((original) => [original.item.itemId, original.embeddings]));
    const items: EmbeddedItem[] = [];
    for (const { target, from } of copies) {
      const vectors = embeddings.get(from);
      if (vectors) items.push({ ...target, embeddings: vectors });
      else this.#listener.refused(target, `the vectors of the same image, stored as ${from}, are gone: run again`);
    }
    await this.upsert(items);
  }

  /** Stores at once, and tells the listener of each item. */
  async upsert(items: readonly EmbeddedItem[]): Promise<void> {
    if (items.length > 0) this.#tell(items, await this.#store.upsert(items));
  }

  #tell(items: readonly StoredItem[], { failures }: BatchInsertResult): void {
    const refusals = new Map(failures.map(({ itemId, reason }) => [itemId, reason]));
    for (const item of items) {
      const reason = refusals.get(item.item.itemId);
      if (reason === undefined) this.#listener.stored(item);
      else this.#listener.refused(item, reason);
    }
  }
}
