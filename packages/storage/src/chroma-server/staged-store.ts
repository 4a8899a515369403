import { cp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { FashionMatchError, type Logger } from '@fashionmatch/domain';
import { z } from 'zod';

import { isThere } from '../files/presence.js';
import { GENERATIONS_FILE } from '../generations/folder-generation-catalogue.js';
import { refusedOr } from '../store-permissions.js';
import { hasEmbeddedStore } from './embedded-chroma.js';
import { copyServerFiles, journalFolderOf } from './store-files.js';
import { acquireStoreLock, removeLock, type StoreLock } from './store-lock.js';

/** A copy of a store's folder that is worked on in its place, until one of the two is given up. */
export interface StagedStore {
  /** That of the copy. */
  readonly directory: string;
  /** Puts the copy in the place of the original. @returns where the original is now. */
  swap(): Promise<string>;
  /** Removes the copy. */
  discard(): Promise<void>;
  /** Lets others at the original. A copy that is neither swapped nor discarded is gone on with the next time. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the original was when it was copied: one that has changed since is copied again. */
const originalSchema = z.object({ size: z.number(), mtime_ms: z.number() });
const NOTE = 'fashionmatch-original.json';
/** As it is called from when the copy is ready to take the original's place. */
const READY_NOTE = 'fashionmatch-ready.json';

/**
 * Copies a folder that no server has open, or goes on with the copy that was made before; nobody else gets at the
 * original meanwhile. A swap that was cut short between its two steps is ended.
 *
 * @throws FashionMatchError `STORE_UNREACHABLE` when there is nothing to copy, `STORE_LOCKED` when somebody is at work
 *   there, `PERMISSION_DENIED`, or `STORE_FAILED` when there is no room.
 */
export async function stageStore(persistDirectory: string, logger: Logger): Promise<StagedStore> {
  const directory = resolve(persistDirectory);
  const copy = stagingFolder(directory);
  try {
    if (await isCutShort(directory)) {
      await rename(copy, directory);
      await rm(join(directory, READY_NOTE));
    }
    if (!(await hasEmbeddedStore(directory))) {
      throw new FashionMatchError(
        'STORE_UNREACHABLE',
        `There is no store in ${directory}: check database.persist_directory`,
      );
    }
    const lock = await acquireStoreLock(directory, { access: 'write', logger, onLost: () => undefined });
    try {
      await copyUnlessThere(directory, copy, logger);
    } catch (thrown) {
      await lock.release();
      throw thrown;
    }
    return staged(directory, copy, lock);
  } catch (thrown) {
    throw refusedOr(thrown);
  }
}

/** Whether the original was taken out of the way, and the copy not yet put in its place. */
async function isCutShort(directory: string): Promise<boolean> {
  return !(await isThere(directory)) && (await isThere(join(stagingFolder(directory), READY_NOTE)));
}

/** @throws FashionMatchError `STORE_FAILED` where a new store would take the place of one that is to come there. */
export async function requireNotCutShort(directory: string): Promise<void> {
  if (!(await isCutShort(resolve(directory)))) return;
  throw new FashionMatchError(
    'STORE_FAILED',
    `The adoption of the store in ${directory} was cut short at its end: run \`fashionmatch adopt\` again`,
  );
}

const stagingFolder = (directory: string): string => `${directory}.adopting`;

function staged(directory: string, copy: string, lock: StoreLock): StagedStore {
  return {
    directory: copy,
    swap: async () => {
      const original = await freeName(`${directory}.original`);
      const generations = join(directory, GENERATIONS_FILE);
      if (await isThere(generations)) await cp(generations, join(copy, GENERATIONS_FILE));
      await rename(join(copy, NOTE), join(copy, READY_NOTE));
      await rename(directory, original);
      await rename(copy, directory);
      await rm(join(directory, READY_NOTE));
      await removeLock(original);
      return original;
    },
    discard: () => rm(copy, { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => lock.release(),
  };
}

async function copyUnlessThere(directory: string, copy: string, logger: Logger): Promise<void> {
  const { size, mtimeMs } = await stat(join(directory, 'chroma.sqlite3'));
  const before = await readNote(copy);
  if (before?.size === size && before.mtime_ms === mtimeMs) {
    logger.info('Going on with the copy that was made before', { copy });
    return;
  }
  logger.info('Copying the store, which stays as it is', { copy });
  const part = `${copy}.part`;
  for (const stale of [copy, part]) await rm(stale, { recursive: true, force: true });
  await copyServerFiles(directory, part);
  // What is known of other collections of this folder goes with them.
  const journal = journalFolderOf(directory);
  if (await isThere(journal)) await cp(journal, journalFolderOf(part), { recursive: true });
  const note: z.input<typeof originalSchema> = { size, mtime_ms: mtimeMs };
  await writeFile(join(part, NOTE), JSON.stringify(note));
  await rename(part, copy);
}

async function readNote(copy: string): Promise<z.output<typeof originalSchema> | undefined> {
  const text = await readFile(join(copy, NOTE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : originalSchema.parse(JSON.parse(text));
}

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${String(number)}`;
    if (!(await isThere(name))) return name;
  }
}
