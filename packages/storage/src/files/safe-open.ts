import { constants } from 'node:fs';
import { open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';

import { ItemError } from '@fashionmatch/domain';

import { systemCode } from './system-code.js';

/** Real paths of the folders that files may be read from; `undefined` for anywhere. */
export type AllowedFolders = readonly string[] | undefined;

export interface SafeReadOptions {
  readonly within: AllowedFolders;
  /** A larger file is refused unread. */
  readonly maxBytes: number;
}

export interface OpenedFile {
  readonly file: FileHandle;
  /** Bytes, when it was opened. */
  readonly size: number;
}

/** Whether `path` is `folder` or below it. Both absolute and without `..`. */
export function liesWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * The real path of a file or folder.
 *
 * @throws ItemError `PATH_FORBIDDEN` when it leads out of the allowed folders; else as {@link toFileError}.
 */
export async function realPathWithin(path: string, within: AllowedFolders): Promise<string> {
  if (path.includes('\0')) throw new ItemError('PATH_FORBIDDEN', 'the path has a NUL character in it');
  let real: string;
  try {
    real = await realpath(path);
  } catch (cause) {
    throw toFileError(cause);
  }
  if (!isAllowed(real, within)) throw outsideFault();
  return real;
}

function isAllowed(real: string, within: AllowedFolders): boolean {
  return within?.some((folder) => liesWithin(real, folder)) ?? true;
}

function outsideFault(): ItemError {
  return new ItemError('PATH_FORBIDDEN', 'the path leads out of the folders that may be read');
}

/**
 * Opens a regular file for reading, and nothing else: opening a named pipe or a device does not wait. A folder above
 * it can become a link to another one between the check and the opening, so what was opened is checked again.
 *
 * @throws ItemError `IMAGE_MISSING`, `IMAGE_UNREADABLE` or `PATH_FORBIDDEN`.
 */
export async function openRegularFile(path: string, within: AllowedFolders): Promise<OpenedFile> {
  const real = await realPathWithin(path, within);
  try {
    // Windows has neither flag; there they are undefined, and count as 0.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw notAFile(found);
      if (within !== undefined) await checkOpened(file, real, within);
      return { file, size: found.size };
    } catch (cause) {
      await file.close();
      throw cause;
    }
  } catch (cause) {
    throw toFileError(cause);
  }
}

/**
 * Linux says where an open file lies. Elsewhere the path is looked up again and has to lead to the same file, which
 * whoever wins two races one after the other can still get round.
 */
async function checkOpened(file: FileHandle, path: string, within: AllowedFolders): Promise<void> {
  const opened = await readlink(`/proc/self/fd/${String(file.fd)}`).catch(() => undefined);
  if (opened !== undefined) {
    if (!isAllowed(opened, within)) throw outsideFault();
    return;
  }
  const [there, here] = await Promise.all([
    stat(await realPathWithin(path, within), { bigint: true }),
    file.stat({ bigint: true }),
  ]);
  if (there.dev !== here.dev || there.ino !== here.ino) throw outsideFault();
}

/**
 * Reads a whole file that {@link openRegularFile} opens.
 *
 * @throws ItemError as it does, and `IMAGE_TOO_LARGE`, or `IMAGE_INVALID` for an empty file.
 */
export async function readRegularFile(path: string, { within, maxBytes }: SafeReadOptions): Promise<Buffer> {
  const { file, size } = await openRegularFile(path, within);
  try {
    if (size > maxBytes) {
      const [megabytes, limit] = [size, maxBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
      throw new ItemError('IMAGE_TOO_LARGE', `the file has ${megabytes} MiB, more than the limit of ${limit} MiB`);
    }
    // Not readFile(), which would follow a file that grows past the limit.
    const bytes = await readBytes(file, 0, size);
    if (bytes.length === 0) throw new ItemError('IMAGE_INVALID', 'the file is empty');
    return bytes;
  } catch (cause) {
    throw toFileError(cause);
  } finally {
    await file.close();
  }
}

/** `length` bytes from `start` on; fewer where the file ends before. The memory is nobody else's. */
export async function readBytes(file: FileHandle, start: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Whether a file is at this path. Where that cannot be told, such as for want of permission, it is. */
export async function fileExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (cause) {
    return toFileError(cause).code !== 'IMAGE_MISSING';
  }
}

/** What {@link notAFile} needs to know of `Stats` or a `Dirent`. */
interface FileKind {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

/** Says what stands where a file was expected. */
export function notAFile(found: FileKind): ItemError {
  let kind = 'a device';
  if (found.isDirectory()) kind = 'a folder';
  else if (found.isFIFO()) kind = 'a named pipe';
  else if (found.isSocket()) kind = 'a socket';
  return new ItemError('IMAGE_UNREADABLE', `this is ${kind}, not a file`);
}

/** The system's error in words; an ItemError stays as it is. */
export function toFileError(cause: unknown): ItemError {
  if (cause instanceof ItemError) return cause;
  const code = systemCode(cause);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ItemError('IMAGE_MISSING', 'the file does not exist', { cause });
    case 'ENAMETOOLONG':
      return new ItemError('IMAGE_MISSING', 'the path is longer than a path can be', { cause });
    case 'EACCES':
    case 'EPERM':
      return new ItemError('IMAGE_UNREADABLE', 'the permission to read it is missing', { cause });
    case 'ELOOP':
      return new ItemError('IMAGE_UNREADABLE', 'its symbolic links lead in a circle', { cause });
    case 'ENXIO':
      return new ItemError('IMAGE_UNREADABLE', 'this is a socket or a device, not a file', { cause });
    default:
      return new ItemError('IMAGE_UNREADABLE', `the system cannot read it (${code || String(cause)})`, { cause });
  }
}
