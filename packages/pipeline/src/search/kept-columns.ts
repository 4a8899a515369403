import type { EmbeddingJournal, VectorStore } from '@fashionmatch/domain';

import { ItemColumns } from './item-columns.js';

type ListedStore = Pick<VectorStore, 'getAllIds' | 'getItemsByIds' | 'revision'>;

interface Kept {
  readonly revision: string;
  readonly columns: Promise<ItemColumns | undefined>;
  isRead: boolean;
}

/** The columns of a store's items, read when they are first wanted and again when the store has changed since. */
export class KeptColumns {
  readonly #store: ListedStore;
  readonly #journal: Pick<EmbeddingJournal, 'getItems'>;
  #kept: Kept | undefined;

  /** @param journal of the store's items; its changes are in the store's revision. */
  constructor(store: ListedStore, journal: Pick<EmbeddingJournal, 'getItems'>) {
    this.#store = store;
    this.#journal = journal;
  }

  /** Those that were read already; undefined where the store has changed since, or cannot tell. */
  async known(): Promise<ItemColumns | undefined> {
    const revision = await this.#store.revision();
    const kept = this.#kept;
    return kept?.isRead === true && kept.revision === revision ? kept.columns : undefined;
  }

  /** Undefined where there are too many items to keep, or the store cannot tell when they change. */
  async read(): Promise<ItemColumns | undefined> {
    const revision = await this.#store.revision();
    if (revision === undefined) return undefined;
    if (this.#kept?.revision === revision) return this.#kept.columns;
    const columns = ItemColumns.read(this.#store, this.#journal);
    const kept = { revision, columns, isRead: false };
    this.#kept = kept;
    const isStillSo = await columns.then(async () => (await this.#store.revision()) === revision, () => false); // prettier-ignore
    // They may have been read in the middle of a change that was taken back.
    if (isStillSo) kept.isRead = true;
    else if (this.#kept === kept) this.#kept = undefined;
    return columns;
  }
}
