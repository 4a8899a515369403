import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import {
  VectorStoreError,
  type EmbeddedItem,
  type EmbeddingJournal,
  type JournalSize,
  type Logger,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';
import { open, type RootDatabase } from 'lmdb';

import { chunksOf } from './chunks-of.js';
import {
  ALL_ITEMS,
  ALL_VECTORS,
  contentOf,
  decodeFormat,
  decodeItem,
  decodeVector,
  FORMAT_KEY,
  formatEntry,
  itemEntry,
  itemKey,
  itemsOf,
  JOURNAL_FORMAT,
  vectorEntries,
  vectorKey,
  type JournalEntry,
  type KeyRange,
} from './journal-entry.js';
import { cannotOpen, cannotWrite, damaged, fromLaterVersion } from './journal-fault.js';
import { checkLmdbFile } from './lmdb-file-check.js';

export interface LmdbEmbeddingJournalOptions {
  /** Holds the items of every collection, and the vectors that they share; made where it is not there yet. */
  readonly directory: string;
  readonly collectionName: string;
  /** True for those who only read: nothing is made or written, and a journal that is not there is an empty one. */
  readonly readOnly?: boolean | undefined;
  readonly logger?: Logger | undefined;
}

/** How many entries are read before others get their turn: about a millisecond's worth. */
const CHUNK = 200;

/** How many vectors a compaction forgets in one transaction: each waits for the disk. */
const TRANSACTION_CHUNK = 2000;

/** A slow disk takes a second for what a call writes; longer than this it hangs. */
const DEADLINE_MS = 60_000;

type Lmdb = RootDatabase<Buffer, Buffer>;

/**
 * Opens the journal of a collection. Every call that writes is one transaction of LMDB, and waits for the
 * disk (`fdatasync`, then the meta page with `O_DSYNC`).
 *
 * @throws VectorStoreError `STORE_FAILED` when the journal cannot be opened, is damaged, or a later
 *   FashionMatch's.
 */
export async function openLmdbEmbeddingJournal(
  options: LmdbEmbeddingJournalOptions,
): Promise<EmbeddingJournal & AsyncDisposable> {
  const { directory, readOnly = false } = options;
  const state = await checkLmdbFile(dataFile(directory)).catch((thrown: unknown) => {
    throw cannotOpen(directory, thrown);
  });
  if (state === 'foreign') throw damaged(directory, 'its file is no LMDB file');
  if (state === 'cut short') throw damaged(directory, 'its file was cut short');

  const lmdb = state === 'absent' && readOnly ? undefined : openLmdb(directory, readOnly);
  const journal = new LmdbEmbeddingJournal(lmdb, options);
  try {
    await journal.checkFormat();
    return journal;
  } catch (thrown) {
    await journal[Symbol.asyncDispose]();
    throw thrown;
  }
}

function openLmdb(directory: string, readOnly: boolean): Lmdb {
  try {
    return open<Buffer, Buffer>(directory, {
      // Else a name with a dot in it is taken for a file.
      noSubdir: false,
      readOnly,
      encoding: 'binary',
      keyEncoding: 'binary',
      // Plain LMDB: a commit is on the disk when it resolves, and fails when the disk does. The library's own
      // way is faster, but nothing tells when its later flush has failed.
      overlappingSync: false,
      // Else a failed commit is an unhandled rejection too, which ends the process.
      eventTurnBatching: false,
      // Else all of the file that was ever touched counts as this process's memory.
      remapChunks: true,
    });
  } catch (thrown) {
    throw cannotOpen(directory, thrown);
  }
}

class LmdbEmbeddingJournal implements EmbeddingJournal, AsyncDisposable {
  /** Undefined where there is nothing to read. */
  readonly #lmdb: Lmdb | undefined;
  readonly #options: LmdbEmbeddingJournalOptions;
  /** Settles when the last writer is done: a compaction must not meet an append. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(lmdb: Lmdb | undefined, options: LmdbEmbeddingJournalOptions) {
    this.#lmdb = lmdb;
    this.#options = options;
  }

  async checkFormat(): Promise<void> {
    const { directory, readOnly } = this.#options;
    const stored = this.#lmdb?.get(FORMAT_KEY);
    if (stored === undefined) {
      if (!readOnly) await this.#write([formatEntry()]);
      return;
    }
    const format = decodeFormat(stored);
    if (format === undefined) throw damaged(directory, 'its format cannot be read');
    if (format > JOURNAL_FORMAT) throw fromLaterVersion(directory);
  }

  async append(items: readonly EmbeddedItem[], encoderIds: PerSpace<string>): Promise<void> {
    await this.#write(
      items.flatMap((item) => [itemEntry(this.#options.collectionName, item), ...vectorEntries(item, encoderIds)]),
    );
  }

  async updateItems(items: readonly StoredItem[]): Promise<void> {
    await this.#write(items.map((item) => itemEntry(this.#options.collectionName, item)));
  }

  async getVectors(encoderId: string, contentHashes: readonly string[]): Promise<Map<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    let unreadable = 0;
    for (const hashes of chunksOf(contentHashes, CHUNK)) {
      for (const hash of hashes) {
        const key = vectorKey(encoderId, hash);
        const value = key && this.#lmdb?.get(key);
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

  async *getItems(): AsyncGenerator<StoredItem> {
    for await (const keys of this.#keys(itemsOf(this.#options.collectionName))) yield* this.#readItems(keys);
  }

  async remove(itemIds: readonly string[]): Promise<void> {
    await this.#write(itemIds.map((id) => ({ key: itemKey(this.#options.collectionName, id) })));
  }

  compact(): Promise<number> {
    return this.#exclusively(async () => {
      const used = new Set<string>();
      for await (const keys of this.#keys(ALL_ITEMS)) {
        for (const { provenance } of this.#readItems(keys)) used.add(provenance.contentSha256);
      }
      let forgotten = 0;
      for await (const keys of this.#keys(ALL_VECTORS, TRANSACTION_CHUNK)) {
        const unused = keys.filter((key) => !used.has(contentOf(key)));
        await this.#commit(unused.map((key) => ({ key })));
        forgotten += unused.length;
      }
      return forgotten;
    });
  }

  async size(): Promise<JournalSize> {
    if (this.#lmdb === undefined) return { items: 0, vectors: 0, bytes: 0 };
    const { size } = await stat(dataFile(this.#options.directory));
    return {
      items: this.#lmdb.getKeysCount({ ...itemsOf(this.#options.collectionName) }),
      vectors: this.#lmdb.getKeysCount({ ...ALL_VECTORS }),
      bytes: size,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#exclusively(async () => {
      await this.#lmdb?.close();
    }));
  }

  /** A chunk at a time: no snapshot is held between two of them, which would keep LMDB from using space again. */
  async *#keys({ start, end }: KeyRange, chunk = CHUNK): AsyncGenerator<Buffer[]> {
    if (this.#lmdb === undefined) return;
    let last: Buffer | undefined = start;
    while (last !== undefined) {
      const keys: Buffer[] = [...this.#lmdb.getKeys({ start: last, exclusiveStart: true, end, limit: chunk })];
      yield keys;
      last = keys.length < chunk ? undefined : keys.at(-1);
      await setImmediate();
    }
  }

  #readItems(keys: readonly Buffer[]): StoredItem[] {
    let unreadable = 0;
    const items = keys.flatMap((key) => {
      const value = this.#lmdb?.get(key);
      if (value === undefined) return [];
      const item = decodeItem({ key, value });
      if (item === undefined) unreadable++;
      return item ?? [];
    });
    this.#warn(unreadable, 'Items of the journal are damaged: they are as if never seen');
    return items;
  }

  #write(changes: readonly Change[]): Promise<void> {
    return this.#exclusively(() => this.#commit(changes));
  }

  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(run);
    this.#lastWrite = result.catch(() => undefined);
    return result;
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    const { directory, readOnly } = this.#options;
    const lmdb = this.#lmdb;
    if (lmdb === undefined || readOnly) throw new TypeError('This journal was opened for reading only');
    if (changes.length === 0) return;
    const committed = lmdb.batch(() => {
      for (const { key, value } of changes) {
        if (value) void lmdb.put(key, value);
        else void lmdb.remove(key);
      }
    });
    await beforeDeadline(
      committed.catch(async (thrown: unknown) => {
        throw await cannotWrite(directory, thrown);
      }),
      directory,
    );
  }

  #warn(count: number, message: string): void {
    if (count > 0) this.#options.logger?.warn(message, { count, directory: this.#options.directory });
  }
}

/** An entry to keep, or to forget where it has no value. */
type Change = Pick<JournalEntry, 'key'> & Partial<JournalEntry>;

async function beforeDeadline<T>(work: Promise<T>, directory: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new VectorStoreError(
          'STORE_FAILED',
          `The journal in ${directory} cannot be written: its disk has not answered for ${String(DEADLINE_MS / 1000)} s`,
        ),
      );
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const dataFile = (directory: string): string => join(directory, 'data.mdb');
