import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import { VectorStoreError } from '@fashionmatch/domain';
import type { RootDatabase } from 'lmdb';
import pTimeout from 'p-timeout';
import { z } from 'zod';

import { decodeFormat, formatEntry, JOURNAL_FORMAT } from './journal-entry.js';
import { cannotOpen, cannotWrite, damaged, fromLaterVersion } from './journal-fault.js';
import { FORMAT_KEY, type KeyRange } from './journal-key.js';
import { checkLmdbFile } from './lmdb-file-check.js';

type Lmdb = RootDatabase<Buffer, Buffer>;

/** An entry to keep, or to forget where it has no value. */
export interface Change {
  readonly key: Buffer;
  readonly value?: Buffer;
}

/**
 * How much of the address space a file may take: no memory, and no space on the disk. Without it lmdb begins
 * with 128 KiB, and keeps every smaller map that it has outgrown.
 */
const MAP_BYTES = 2 ** 36;

/** A slow disk takes a second for what a call writes; one that takes longer than this hangs. */
const DEADLINE_MS = 60_000;

const statsSchema = z.object({ entryCount: z.int().positive(), lastTxnId: z.int() });

/** Entries in one file of LMDB, in the order of their keys. */
export class LmdbTable implements AsyncDisposable {
  readonly #path: string;
  /** Undefined where there is nothing to read. */
  readonly #lmdb: Lmdb | undefined;
  readonly #readOnly: boolean;

  private constructor(path: string, lmdb: Lmdb | undefined, readOnly: boolean) {
    this.#path = path;
    this.#lmdb = lmdb;
    this.#readOnly = readOnly;
  }

  /**
   * Opens the file, and makes it where it is not there yet; one that is only read is then empty instead.
   *
   * @throws VectorStoreError `STORE_FAILED` when it cannot be opened, is damaged, or of a later format.
   */
  static async open(path: string, readOnly: boolean): Promise<LmdbTable> {
    const state = await checkLmdbFile(path).catch((thrown: unknown) => {
      throw cannotOpen(path, thrown);
    });
    if (state === 'foreign') throw damaged(path, 'is no LMDB file');
    if (state === 'cut short') throw damaged(path, 'was cut short');

    const table = new LmdbTable(
      path,
      state === 'absent' && readOnly ? undefined : await openLmdb(path, readOnly),
      readOnly,
    );
    try {
      await table.#checkFormat();
      return table;
    } catch (thrown) {
      await table[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get(key: Buffer): Buffer | undefined {
    return this.#lmdb?.get(key);
  }

  /**
   * The keys of a range, in their order, some at a time; others get their turn in between, and no snapshot
   * is held, which would keep LMDB from using space again.
   */
  async *keys({ start, end }: KeyRange, atOnce: number): AsyncGenerator<Buffer[]> {
    if (this.#lmdb === undefined) return;
    let last: Buffer | undefined = start;
    while (last !== undefined) {
      const keys: Buffer[] = [...this.#lmdb.getKeys({ start: last, exclusiveStart: true, end, limit: atOnce })];
      yield keys;
      last = keys.length < atOnce ? undefined : keys.at(-1);
      await setImmediate();
    }
  }

  /** How many entries a range has. It reads all of its keys. */
  count({ start, end }: KeyRange): number {
    return this.#lmdb?.getKeysCount({ start, end }) ?? 0;
  }

  /** How many entries there are, the format not among them. LMDB knows without reading them. */
  countAll(): number {
    return this.#lmdb === undefined ? 0 : statsSchema.parse(this.#lmdb.getStats()).entryCount - 1;
  }

  /** The number of the last change that was committed, in whichever process. */
  lastTransaction(): number {
    return this.#lmdb === undefined ? 0 : statsSchema.parse(this.#lmdb.getStats()).lastTxnId;
  }

  /** Of the file, in bytes. */
  async size(): Promise<number> {
    return this.#lmdb === undefined ? 0 : (await stat(this.#path)).size;
  }

  /**
   * Makes all of the changes or none, in one transaction. They are on the disk when it resolves: `fdatasync`
   * for the pages, `O_DSYNC` for the page that makes them valid.
   *
   * @throws VectorStoreError `STORE_FAILED`, such as for a full disk.
   */
  async commit(changes: readonly Change[]): Promise<void> {
    const lmdb = this.#lmdb;
    if (lmdb === undefined || this.#readOnly) throw new TypeError(`${this.#path} was opened for reading only`);
    if (changes.length === 0) return;
    const committed = lmdb.batch(() => {
      for (const { key, value } of changes) {
        if (value) void lmdb.put(key, value);
        else void lmdb.remove(key);
      }
    });
    const committedOrReason = committed.catch(async (thrown: unknown) => {
      throw await cannotWrite(this.#path, thrown);
    });
    await beforeDeadline(committedOrReason, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lmdb) await beforeDeadline(this.#lmdb.close(), this.#path);
  }

  async #checkFormat(): Promise<void> {
    const stored = this.get(FORMAT_KEY);
    const format = stored === undefined ? 0 : decodeFormat(stored);
    if (format === undefined) throw damaged(this.#path, 'has an unreadable beginning');
    if (format > JOURNAL_FORMAT) throw fromLaterVersion(this.#path);
    if (format < JOURNAL_FORMAT && !this.#readOnly) await this.commit([formatEntry()]);
  }
}

async function openLmdb(path: string, readOnly: boolean): Promise<Lmdb> {
  try {
    // Loaded only here: who brings a store of their own needs no native library.
    const { open } = await import('lmdb');
    return open<Buffer, Buffer>(path, {
      noSubdir: true,
      readOnly,
      encoding: 'binary',
      keyEncoding: 'binary',
      mapSize: MAP_BYTES,
      // Plain LMDB: a commit is on the disk when it resolves, and fails when the disk does. The library's own
      // way is faster, but a flush that fails after the commit is never told.
      overlappingSync: false,
      // Else a failed commit is an unhandled rejection too, which ends the process.
      eventTurnBatching: false,
    });
  } catch (thrown) {
    throw cannotOpen(path, thrown);
  }
}

function beforeDeadline<T>(work: Promise<T>, path: string): Promise<T> {
  const late = `The disk of the journal ${path} has not answered for ${String(DEADLINE_MS / 1000)} s`;
  return pTimeout(work, { milliseconds: DEADLINE_MS, message: new VectorStoreError('STORE_FAILED', late) });
}
