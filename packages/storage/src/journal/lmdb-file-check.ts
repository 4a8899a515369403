import { open, type FileHandle } from 'node:fs/promises';

import { systemCode } from '../files/system-code.js';

/** Where things stand in a meta page: LMDB's `MDB_page_header` and `MDB_meta` on 64-bit machines (liblmdb/mdb.c). */
const META = { flags: 18, magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152, length: 176 } as const;
const META_PAGE_FLAG = 8;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;

/**
 * Pages at the end that are free again may never have been written, so that the file is that much shorter
 * than it says. One was the most in thousands of appends, removals and compactions.
 */
const UNWRITTEN_PAGES = 16;

/** Whether there is a data file, and what is wrong with it. */
export type LmdbFileState = 'absent' | 'sound' | 'foreign' | 'cut short';

/**
 * Looks at a data file before LMDB does. LMDB maps it into memory and believes it: a file that is no LMDB
 * file, or that ends before it should, ends the process by a signal instead of throwing an error.
 *
 * @throws the system's error when the file cannot be read.
 */
export async function checkLmdbFile(path: string): Promise<LmdbFileState> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return 'absent';
    throw thrown;
  }
  try {
    const first = await readMeta(file, 0);
    if (first === undefined) return (await file.stat()).size === 0 ? 'absent' : 'foreign';
    const second = await readMeta(file, first.pageSize);
    if (second === undefined) return 'foreign';
    const { lastPage } = first.transaction > second.transaction ? first : second;
    // The size comes after the meta pages: whoever writes at this moment writes them last.
    const { size } = await file.stat();
    const pages = BigInt(Math.floor(size / first.pageSize));
    return pages + BigInt(UNWRITTEN_PAGES) > lastPage ? 'sound' : 'cut short';
  } finally {
    await file.close();
  }
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

async function readMeta(file: FileHandle, position: number): Promise<Meta | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(META.length), 0, META.length, position);
  if (bytesRead < META.length) return undefined;
  const pageSize = buffer.readUInt32LE(META.pageSize);
  const known =
    buffer.readUInt16LE(META.flags) === META_PAGE_FLAG &&
    buffer.readUInt32LE(META.magic) === MAGIC &&
    (buffer.readUInt32LE(META.version) & 0xffff) === DATA_VERSION &&
    pageSize >= META.length;
  if (!known) return undefined;
  return {
    pageSize,
    lastPage: buffer.readBigUInt64LE(META.lastPage),
    transaction: buffer.readBigUInt64LE(META.transaction),
  };
}
