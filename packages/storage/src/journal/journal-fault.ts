import { constants } from 'node:os';
import { dirname } from 'node:path';

import { permissionErrorOf, reasonOf, VectorStoreError, type FashionMatchError } from '@fashionmatch/domain';

import { isDiskFull } from '../files/full-disk.js';

export function cannotOpen(path: string, cause: unknown): FashionMatchError {
  const refused = permissionErrorOf(cause, process.getuid?.());
  if (refused !== undefined) return refused;
  const reason = reasonOf(cause);
  return new VectorStoreError('STORE_FAILED', `The journal ${path} cannot be opened: ${reason}`, { cause });
}

/** @param what is wrong with it, as a predicate. */
export function damaged(path: string, what: string): VectorStoreError {
  return new VectorStoreError(
    'STORE_FAILED',
    `The journal ${path} ${what}: remove this file, and what the store has lost too is encoded again`,
  );
}

export function fromLaterVersion(path: string): VectorStoreError {
  return new VectorStoreError(
    'STORE_FAILED',
    `The journal ${path} was written by a later FashionMatch: upgrade this one, or choose another database.persist_directory`,
  );
}

/** @param thrown what lmdb's `batch()` rejected with. */
export async function cannotWrite(path: string, thrown: unknown): Promise<VectorStoreError> {
  const cause = await reasonOfCommit(thrown);
  const full = await isFull(dirname(path), cause);
  const reason = full ? 'the disk is full. Make room, and run the command again' : reasonOf(cause);
  return new VectorStoreError('STORE_FAILED', `The journal ${path} cannot be written: ${reason}`, { cause });
}

/** lmdb's error says only that the commit failed; why is what the promise in it rejects with, a moment later. */
async function reasonOfCommit(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error && 'commitError' in thrown)) return thrown;
  return Promise.resolve(thrown.commitError).then(
    () => thrown,
    (cause: unknown) => cause,
  );
}

async function isFull(directory: string, cause: unknown): Promise<boolean> {
  const { ENOSPC, EDQUOT, EIO } = constants.errno;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === ENOSPC || code === EDQUOT) return true;
  // LMDB's word for a page that was written in half.
  return code === EIO && (await isDiskFull(directory));
}
