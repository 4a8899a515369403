import { access, constants, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { permissionErrorOf } from '@fashionmatch/domain';

import { copyServerFiles } from './chroma-server/store-files.js';
import { findStoreHolder } from './chroma-server/store-folder.js';
import { lockedBy, type StoreLock } from './chroma-server/store-lock.js';
import { systemCode } from './files/system-code.js';

/** The sentence for a user who may not use a file; any other error as it is. */
export function refusedOr(thrown: unknown, wish?: 'read' | 'write'): unknown {
  return permissionErrorOf(thrown, process.getuid?.(), wish) ?? thrown;
}

/**
 * Looks whether this user may read, or read and write, a store's folder and all that is in it.
 *
 * @throws FashionMatchError `PERMISSION_DENIED`, which names the first file that it may not.
 */
export async function requireAccess(directory: string, wish: 'read' | 'write'): Promise<void> {
  const mode = wish === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK;
  try {
    await access(directory, mode | constants.X_OK);
    for (const path of await readdir(directory, { recursive: true })) await access(join(directory, path), mode);
  } catch (thrown) {
    // What a process at work has there comes and goes.
    if (systemCode(thrown) !== 'ENOENT') throw refusedOr(thrown, wish);
  }
}

/**
 * A copy of a store, for a server that has to write where it reads, and a user that may not: it is removed on release.
 *
 * @throws VectorStoreError `STORE_LOCKED` when somebody is at work on the store.
 */
export async function copyStore(directory: string): Promise<StoreLock> {
  await requireNobody(directory);
  const copy = await mkdtemp(join(tmpdir(), 'fashionmatch-copy-'));
  const release = (): Promise<void> => rm(copy, { recursive: true, force: true });
  try {
    await copyServerFiles(directory, copy);
    await requireNobody(directory);
  } catch (thrown) {
    await release();
    throw thrown;
  }
  return { directory: copy, publish: () => Promise.resolve(), release };
}

async function requireNobody(directory: string): Promise<void> {
  const holder = await findStoreHolder(directory);
  if (holder !== undefined) throw lockedBy(holder, directory);
}
