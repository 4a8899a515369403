import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import { fileExists } from '../files/safe-open.js';

/** The new file that will stand at a path, open for writing. */
export type FileAt = (path: string) => FileHandle;

/** Those of the paths that hold a file. */
export async function existingFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(fileExists));
  return paths.filter((_, i) => found[i]);
}

/**
 * Writes files that take their places only when all of them are whole and on the disk. The last one must be what
 * makes a set of the others: while they change places it is away, and so a mixture of old and new never passes.
 *
 * @param overwrite whether files that are there may be replaced.
 * @throws FashionMatchError `USAGE_INVALID` when a file is there and may not be replaced, or its folder cannot be
 *   written to; `STORE_FAILED` when the disk fails. What `write` throws is thrown on, and all files are as before.
 */
export async function replaceFiles(
  paths: readonly string[],
  overwrite: boolean,
  write: (fileAt: FileAt) => Promise<void>,
): Promise<void> {
  const refuse = async (): Promise<void> => {
    const [existing] = overwrite ? [] : await existingFiles(paths);
    if (existing !== undefined) throw unwritable('USAGE_INVALID', existing, 'there is a file of that name already');
  };
  await refuse();
  const suffix = `.${randomUUID().slice(0, 8)}.part`;
  try {
    await writeAll(paths, suffix, write);
    await refuse();
    const last = paths.at(-1);
    if (paths.length > 1 && last !== undefined) await rm(last, { force: true });
    for (const path of paths) await rename(path + suffix, path);
  } catch (cause) {
    for (const path of paths) await rm(path + suffix, { force: true });
    throw describeFault(paths[0] ?? '', cause);
  }
}

async function writeAll(
  paths: readonly string[],
  suffix: string,
  write: (fileAt: FileAt) => Promise<void>,
): Promise<void> {
  const files = new Map<string, FileHandle>();
  try {
    for (const path of paths) files.set(path, await open(path + suffix, 'wx'));
    await write((path) => {
      const file = files.get(path);
      if (file === undefined) throw new RangeError(`${path} is not among the files to write`);
      return file;
    });
    for (const file of files.values()) await file.sync();
  } finally {
    for (const file of files.values()) await file.close();
  }
}

/** The system's errors in words; all others as they are. */
function describeFault(path: string, cause: unknown): unknown {
  const isOfSystem = typeof cause === 'object' && cause !== null && 'code' in cause && 'syscall' in cause;
  if (!isOfSystem) return cause;
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unwritable('USAGE_INVALID', path, 'its folder does not exist', cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return unwritable('USAGE_INVALID', path, 'the permission to write there is missing', cause);
    case 'EISDIR':
    case 'ENAMETOOLONG':
      return unwritable('USAGE_INVALID', path, 'there can be no file of that name', cause);
    case 'ENOSPC':
    case 'EDQUOT':
      return unwritable('STORE_FAILED', path, 'the disk is full', cause);
    default:
      return unwritable('STORE_FAILED', path, `the system cannot write it (${String(cause.code)})`, cause);
  }
}

function unwritable(
  code: 'USAGE_INVALID' | 'STORE_FAILED',
  path: string,
  why: string,
  cause?: unknown,
): FashionMatchError {
  return new FashionMatchError(code, `${reasonOf(path)} cannot be written: ${why}.`, { cause });
}
