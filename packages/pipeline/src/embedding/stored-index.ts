import { createHash } from 'node:crypto';

import {
  CUT_MARK,
  cutDescription,
  MAX_TEXT_LENGTH,
  seenValues,
  type EmbeddingJournal,
  type FashionItem,
  type ItemSourceName,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';

/** Enough for few writes to the journal, few enough to be no burden in memory. */
const UNJOURNALED_AT_ONCE = 1_000;

export interface StoredIndexOptions {
  /** Told of items that the store has and the journal has not, some at a time. */
  readonly onUnjournaled?: (items: readonly StoredItem[]) => Promise<void>;
  /** Ends it early: the index is then of some items only. */
  readonly signal?: AbortSignal | undefined;
}

/** What a plan needs to know of a stored item. */
export interface StoredState {
  readonly itemId: string;
  readonly source: ItemSourceName;
  readonly filePath: string;
  readonly fileSize: number;
  readonly fileMtimeMs: number;
  readonly contentSha256: string;
  /** Equal for listings that read the same to a user; `''` for reference images, which are what their files are. */
  readonly metadataKey: string;
  /** How much of a description the key is made of, in UTF-16 units: a store may have kept the beginning only. */
  readonly descriptionLength: number;
}

/** No shorter text is one that a store has cut: it may end with the mark by itself. */
const SHORTEST_CUT = 1_024;

/**
 * A digest of what a user sees of an item. When and from where it was read does not count: the same
 * listing scraped again is no change.
 */
function metadataKeyOf(item: Omit<FashionItem, 'itemId'>, descriptionLength: number): string {
  const seen = seenValues({ ...item, description: cutDescription(item.description, descriptionLength) });
  return createHash('sha1').update(JSON.stringify(seen)).digest('base64');
}

/** Whether a listing says what is stored, as far as the store keeps that. */
export function saysTheSame(
  { metadataKey, descriptionLength }: StoredState,
  item: Omit<FashionItem, 'itemId'>,
): boolean {
  return metadataKey === metadataKeyOf(item, descriptionLength);
}

/**
 * The stored items by id, by path and by content, kept up to date while a run adds to them.
 * Takes about 400 bytes an item.
 */
export class StoredIndex {
  readonly #byId = new Map<string, StoredState>();
  readonly #idByPath = new Map<string, string>();
  /** Few images are stored twice, and an id takes far less memory than an array of one. */
  readonly #idsByContent = new Map<string, string | string[]>();
  readonly #rememberedIdByPath = new Map<string, string>();

  /**
   * The journal is read in place of the store's metadata, which takes a Chroma server twenty times as long;
   * which items are stored, the store says.
   */
  static async of(
    store: VectorStore,
    journal: EmbeddingJournal,
    { onUnjournaled, signal }: StoredIndexOptions = {},
  ): Promise<StoredIndex> {
    const index = new StoredIndex();
    // What one of them has told and the other has not yet; at last, what it does not know.
    const journaledOnly = new Map<string, StoredState>();
    const storedOnly = new Set<string>();
    const readJournal = async (): Promise<void> => {
      for await (const item of journal.getItems()) {
        if (signal?.aborted) return;
        const state = stateOf(item);
        if (storedOnly.delete(state.itemId)) index.#add(state);
        else journaledOnly.set(state.itemId, state);
      }
    };
    const readStore = async (): Promise<void> => {
      for await (const itemId of store.getAllIds()) {
        if (signal?.aborted) return;
        const state = journaledOnly.get(itemId);
        if (state) index.#add(state);
        else if (!index.get(itemId)) storedOnly.add(itemId);
        journaledOnly.delete(itemId);
      }
    };
    // At the same time: the one waits for a server, the other works.
    await Promise.all([readJournal(), readStore()]);
    for (const { filePath, itemId } of journaledOnly.values()) index.#rememberedIdByPath.set(filePath, itemId);
    // Stored before there was a journal, or when it was lost, or by a run that was killed before it told the journal.
    if (storedOnly.size > 0) {
      for await (const page of batches(store.listItems(), UNJOURNALED_AT_ONCE)) {
        if (signal?.aborted) return index;
        const unjournaled = page.filter(({ item }) => storedOnly.has(item.itemId));
        for (const item of unjournaled) index.put(item);
        await onUnjournaled?.(unjournaled);
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
    return this.#idsWith(contentSha256).flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** The id under which the file at this path was stored once, though it is not now. */
  rememberedIdAt(filePath: string): string | undefined {
    return this.#rememberedIdByPath.get(filePath);
  }

  put(stored: StoredItem): void {
    this.#add(stateOf(stored));
  }

  remove(itemId: string): void {
    const state = this.#byId.get(itemId);
    if (!state) return;
    this.#byId.delete(itemId);
    if (this.#idByPath.get(state.filePath) === itemId) this.#idByPath.delete(state.filePath);
    const others = this.#idsWith(state.contentSha256).filter((id) => id !== itemId);
    if (others.length > 0) this.#idsByContent.set(state.contentSha256, others);
    else this.#idsByContent.delete(state.contentSha256);
  }

  #add(state: StoredState): void {
    const { itemId, filePath, contentSha256 } = state;
    this.remove(itemId);
    this.#byId.set(itemId, state);
    if (filePath !== '') this.#idByPath.set(filePath, itemId);
    if (contentSha256 === '') return;
    const others = this.#idsByContent.get(contentSha256);
    if (typeof others === 'object') others.push(itemId);
    else this.#idsByContent.set(contentSha256, others === undefined ? itemId : [others, itemId]);
  }

  #idsWith(contentSha256: string): string[] {
    return [this.#idsByContent.get(contentSha256) ?? []].flat();
  }
}

function stateOf({ item, provenance }: StoredItem): StoredState {
  const { source, filePath, fileSize, fileMtimeMs, contentSha256 } = provenance;
  const { itemId, description } = item;
  const isCut = description.length >= SHORTEST_CUT && description.endsWith(CUT_MARK);
  const descriptionLength = isCut ? description.length : MAX_TEXT_LENGTH;
  const metadataKey = source === 'references' ? '' : metadataKeyOf(item, descriptionLength);
  return { itemId, source, filePath, fileSize, fileMtimeMs, contentSha256, metadataKey, descriptionLength };
}
