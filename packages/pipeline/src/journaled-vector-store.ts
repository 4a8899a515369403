import type {
  BatchInsertResult,
  EmbeddedItem,
  EmbeddingJournal,
  NeighbourQuery,
  PerSpace,
  ScoredId,
  StoredItem,
  VectorStore,
} from '@fashionmatch/domain';

/**
 * A store whose vectors are in a journal too. The order of the writes is what a kill at any moment leaves
 * behind: vectors are in the journal before the store has them, so that none is ever encoded twice; items are
 * in the journal only when the store has them, so that the journal never takes an item for stored that is not.
 */
export class JournaledVectorStore implements VectorStore {
  readonly #store: VectorStore;
  readonly #journal: EmbeddingJournal;
  readonly #encoderIds: PerSpace<string>;

  constructor(store: VectorStore, journal: EmbeddingJournal, encoderIds: PerSpace<string>) {
    this.#store = store;
    this.#journal = journal;
    this.#encoderIds = encoderIds;
  }

  async upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult> {
    await this.#journal.appendVectors(items, this.#encoderIds);
    const result = await this.#store.upsert(items);
    const refused = new Set(result.failures.map(({ itemId }) => itemId));
    await this.#journal.updateItems(items.filter(({ item }) => !refused.has(item.itemId)));
    return result;
  }

  async updateMetadata(items: readonly StoredItem[]): Promise<void> {
    await this.#store.updateMetadata(items);
    await this.#journal.updateItems(items);
  }

  async delete(itemIds: readonly string[]): Promise<void> {
    await this.#store.delete(itemIds);
    await this.#journal.remove(itemIds);
  }

  /** Empties the store. The journal keeps what it has: filling the store again costs no encoding. */
  clear(): Promise<void> {
    return this.#store.clear();
  }

  filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return this.#store.filterStored(itemIds);
  }

  getAllIds(): AsyncIterable<string> {
    return this.#store.getAllIds();
  }

  listItems(): AsyncIterable<StoredItem> {
    return this.#store.listItems();
  }

  getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]> {
    return this.#store.getByIds(itemIds);
  }

  count(): Promise<number> {
    return this.#store.count();
  }

  search(query: NeighbourQuery): Promise<ScoredId[]> {
    return this.#store.search(query);
  }
}
