import { createHash } from 'node:crypto';

import type { EmbeddingJournal, FashionItem, ItemSourceName, StoredItem, VectorStore } from '@fashionmatch/domain';

import { batches } from './batches.js';

/** Enough for few writes to the journal, few enough to be no burden in memory. */
const UNJOURNALED_AT_ONCE = 1_000;

/** What a plan needs to know of a stored item. */
export interface StoredState {
  readonly itemId: string;
  readonly source: ItemSourceName;
  readonly filePath: string;
  readonly fileSize: number;
  readonly fileMtimeMs: number;
  readonly contentSha256: string;
  /** Equal for items that read the same to a user. */
  readonly metadataKey: string;
}

/**
 * A digest of what a user sees of an item. When and from where it was read does not count: the same
 * listing scraped again is no change.
 */
export function metadataKeyOf(item: Omit<FashionItem, 'itemId'>): string {
  const { title, price, currency, description, brand, size, condition, imageUrl, url, category } = item;
  const seen = [title, price, currency, description, brand, size, condition, imageUrl, url, category];
  return createHash('sha1').update(JSON.stringify(seen)).digest('base64');
}

/**
 * The stored items by id, by path and by content, kept up to date while a run adds to them.
 * Takes about 700 bytes an item.
 */
export class StoredIndex {
  readonly #byId = new Map<string, StoredState>();
  readonly #idByPath = new Map<string, string>();
  readonly #idsByContent = new Map<string, Set<string>>();
  readonly #rememberedIdByPath = new Map<string, string>();

  /**
   * The journal is read in place of the store's metadata, which takes a Chroma server twenty times as long;
   * which items are stored, the store says.
   *
   * @param onUnjournaled Told of items that the store has and the journal has not, some at a time.
   */
  static async of(
    store: VectorStore,
    journal: EmbeddingJournal,
    onUnjournaled: (items: readonly StoredItem[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<StoredIndex> {
    const index = new StoredIndex();
    const unknown = new Set<string>();
    for await (const itemId of store.getAllIds()) unknown.add(itemId);
    for await (const item of journal.getItems()) {
      if (unknown.delete(item.item.itemId)) index.put(item);
      else index.remember(item);
    }
    // Stored before there was a journal, or when it was lost, or by a run that was killed before it told the journal.
    if (unknown.size > 0) {
      for await (const page of batches(store.listItems(), UNJOURNALED_AT_ONCE)) {
        const unjournaled = page.filter(({ item }) => unknown.has(item.itemId));
        for (const stored of unjournaled) index.put(stored);
        await onUnjournaled(unjournaled);
      }
    }
    return index;
  }

  get size(): number {
    return this.#byId.size;
  }

  ofSource(source: ItemSourceName): StoredState[] {
    return [...this.#byId.values()].filter((state) => state.source === source);
  }

  get(itemId: string): StoredState | undefined {
    return this.#byId.get(itemId);
  }

  atPath(filePath: string): StoredState | undefined {
    const itemId = this.#idByPath.get(filePath);
    return itemId === undefined ? undefined : this.#byId.get(itemId);
  }

  withContent(contentSha256: string): StoredState[] {
    return [...(this.#idsByContent.get(contentSha256) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** The id under which the file at this path was stored once, though it is not now. */
  rememberedIdAt(filePath: string): string | undefined {
    return this.#rememberedIdByPath.get(filePath);
  }

  /** Notes the identity of an item that is not stored any more. */
  remember({ item, provenance }: StoredItem): void {
    this.#rememberedIdByPath.set(provenance.filePath, item.itemId);
  }

  put({ item, provenance }: StoredItem): void {
    this.remove(item.itemId);
    const { source, filePath, fileSize, fileMtimeMs, contentSha256 } = provenance;
    const metadataKey = metadataKeyOf(item);
    this.#byId.set(item.itemId, {
      itemId: item.itemId,
      source,
      filePath,
      fileSize,
      fileMtimeMs,
      contentSha256,
      metadataKey,
    });
    if (filePath !== '') this.#idByPath.set(filePath, item.itemId);
    if (contentSha256 === '') return;
    const sameContent = this.#idsByContent.get(contentSha256);
    if (sameContent) sameContent.add(item.itemId);
    else this.#idsByContent.set(contentSha256, new Set([item.itemId]));
  }

  remove(itemId: string): void {
    const state = this.#byId.get(itemId);
    if (!state) return;
    this.#byId.delete(itemId);
    if (this.#idByPath.get(state.filePath) === itemId) this.#idByPath.delete(state.filePath);
    const sameContent = this.#idsByContent.get(state.contentSha256);
    sameContent?.delete(itemId);
    if (sameContent?.size === 0) this.#idsByContent.delete(state.contentSha256);
  }
}
