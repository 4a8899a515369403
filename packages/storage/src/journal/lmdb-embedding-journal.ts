import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import {
  sameVector,
  type EmbeddedItem,
  type EmbeddingJournal,
  type JournalSize,
  type Logger,
  type PerSpace,
  type StoredItem,
  type VectorOrigin,
} from '@fashionmatch/domain';
import pLimit from 'p-limit';

import { chunksOf } from '../chunks-of.js';
import { decodeItem, decodeVector, isImported, itemEntry, vectorEntries, type JournalEntry } from './journal-entry.js';
import { ALL_ITEMS, ALL_VECTORS, contentOf, itemKey, itemsOf, vectorKey } from './journal-key.js';
import { LmdbTable } from './lmdb-table.js';

export interface LmdbEmbeddingJournalOptions {
  /** Holds the items of every collection, and the vectors that they share; made where it is not there yet. */
  readonly directory: string;
  readonly collectionName: string;
  /**
   * True for those who only read: nothing is made or written, and a journal that is not there is an empty
   * one. A process that reads and writes opens the journal for writing first: LMDB has one handle on a file.
   */
  readonly readOnly?: boolean | undefined;
  readonly logger?: Logger | undefined;
}

/** How many entries are read before others get their turn: about a millisecond's worth. */
const READ_AT_ONCE = 200;

/** How many vectors a compaction forgets in one transaction: each waits for the disk. */
const FORGET_AT_ONCE = 2000;

/**
 * Opens the journal of a collection. Items and vectors have a file each, for a run begins by reading every
 * item, and vectors are four times as many bytes.
 *
 * @throws VectorStoreError `STORE_FAILED` when a file cannot be opened, is damaged, or a later FashionMatch's.
 */
export async function openLmdbEmbeddingJournal(
  options: LmdbEmbeddingJournalOptions,
): Promise<EmbeddingJournal & AsyncDisposable> {
  const { directory, readOnly = false } = options;
  const vectors = await LmdbTable.open(join(directory, 'vectors.mdb'), readOnly);
  try {
    const items = await LmdbTable.open(join(directory, 'items.mdb'), readOnly);
    return new LmdbEmbeddingJournal(items, vectors, options);
  } catch (thrown) {
    await vectors[Symbol.asyncDispose]();
    throw thrown;
  }
}

class LmdbEmbeddingJournal implements EmbeddingJournal, AsyncDisposable {
  readonly #items: LmdbTable;
  readonly #vectors: LmdbTable;
  readonly #options: LmdbEmbeddingJournalOptions;
  /** One write at a time: an append must not meet a compaction. */
  readonly #exclusively = pLimit(1);
  #closed: Promise<void> | undefined;

  constructor(items: LmdbTable, vectors: LmdbTable, options: LmdbEmbeddingJournalOptions) {
    this.#items = items;
    this.#vectors = vectors;
    this.#options = options;
  }

  async appendVectors(
    items: readonly EmbeddedItem[],
    encoderIds: PerSpace<string>,
    origin: VectorOrigin = 'encoded',
  ): Promise<void> {
    const vectors = items.flatMap((item) => vectorEntries(item, encoderIds, origin));
    await this.#exclusively(() => this.#vectors.commit(this.#news(vectors)));
  }

  async updateItems(items: readonly StoredItem[]): Promise<void> {
    const changes = items.map((item) => itemEntry(this.#options.collectionName, item));
    await this.#exclusively(() => this.#items.commit(changes));
  }

  async getVectors(encoderId: string, contentHashes: readonly string[]): Promise<Map<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    let unreadable = 0;
    for (const hashes of chunksOf(contentHashes, READ_AT_ONCE)) {
      for (const hash of hashes) {
        const key = vectorKey(encoderId, hash);
        const value = key && this.#vectors.get(key);
        if (!key || !value) continue;
        const vector = decodeVector({ key, value });
        if (vector) vectors.set(hash, vector);
        else unreadable++;
      }
      await setImmediate();
    }
    this.#warn(unreadable, 'Vectors of the journal are damaged: their images are encoded again');
    return vectors;
  }

  async getImported(encoderId: string, contentHashes: readonly string[]): Promise<Set<string>> {
    const imported = new Set<string>();
    for (const hashes of chunksOf(contentHashes, READ_AT_ONCE)) {
      for (const hash of hashes) {
        const key = vectorKey(encoderId, hash);
        const value = key && this.#vectors.get(key);
        if (value && isImported(value)) imported.add(hash);
      }
      await setImmediate();
    }
    return imported;
  }

  async *getItems(): AsyncGenerator<StoredItem> {
    for await (const keys of this.#items.keys(itemsOf(this.#options.collectionName), READ_AT_ONCE)) {
      yield* this.#read(keys);
    }
  }

  async getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]> {
    const items: StoredItem[] = [];
    for (const ids of chunksOf([...new Set(itemIds)], READ_AT_ONCE)) {
      items.push(...this.#read(ids.map((id) => itemKey(this.#options.collectionName, id))));
      await setImmediate();
    }
    return items;
  }

  async remove(itemIds: readonly string[]): Promise<void> {
    const changes = itemIds.map((id) => ({ key: itemKey(this.#options.collectionName, id) }));
    await this.#exclusively(() => this.#items.commit(changes));
  }

  compact(): Promise<number> {
    return this.#exclusively(async () => {
      const used = new Set<string>();
      for await (const keys of this.#items.keys(ALL_ITEMS, READ_AT_ONCE)) {
        for (const { provenance } of this.#read(keys)) used.add(provenance.contentSha256);
      }
      let forgotten = 0;
      for await (const keys of this.#vectors.keys(ALL_VECTORS, FORGET_AT_ONCE)) {
        const unused = keys.filter((key) => !used.has(contentOf(key)));
        await this.#vectors.commit(unused.map((key) => ({ key })));
        forgotten += unused.length;
      }
      return forgotten;
    });
  }

  async size(): Promise<JournalSize> {
    return {
      items: this.#items.count(itemsOf(this.#options.collectionName)),
      vectors: this.#vectors.countAll(),
      bytes: (await this.#items.size()) + (await this.#vectors.size()),
    };
  }

  revision(): Promise<string> {
    return Promise.resolve(String(this.#items.lastTransaction()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#exclusively(async () => {
      await this.#items[Symbol.asyncDispose]();
      await this.#vectors[Symbol.asyncDispose]();
    }));
  }

  /** The entries whose vectors are not there yet. */
  #news(vectors: readonly JournalEntry[]): JournalEntry[] {
    return vectors.filter((entry) => {
      const value = this.#vectors.get(entry.key);
      const [known, comes] = [value && decodeVector({ key: entry.key, value }), decodeVector(entry)];
      return !known || !comes || !sameVector(known, comes);
    });
  }

  /** One by one: V8 takes what a whole page holds for long-lived, and collects it late. */
  *#read(keys: readonly Buffer[]): Generator<StoredItem> {
    let unreadable = 0;
    for (const key of keys) {
      const value = this.#items.get(key);
      if (value === undefined) continue;
      const item = decodeItem({ key, value });
      if (item === undefined) unreadable++;
      else yield item;
    }
    this.#warn(unreadable, 'Items of the journal are damaged: they are as if never seen');
  }

  #warn(count: number, message: string): void {
    if (count > 0) this.#options.logger?.warn(message, { count, directory: this.#options.directory });
  }
}
