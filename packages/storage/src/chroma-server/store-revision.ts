import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** The beginning of an SQLite file (https://www.sqlite.org/fileformat2.html#the_database_header). */
const HEADER_BYTES = 28;
const WRITE_VERSION_AT = 18;
const CHANGE_COUNTER_AT = 24;

/** Changes are made in the file itself, and counted: of the other way, a log beside it, most are not. */
const ROLLBACK_JOURNAL = 1;

/**
 * Another one after every change that a Chroma server made in a folder: how often SQLite has changed its file, and which
 * file that is. Undefined where that cannot be told.
 */
export async function revisionOf(directory: string): Promise<string | undefined> {
  const file = await open(join(directory, 'chroma.sqlite3'), 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer: header, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || header[WRITE_VERSION_AT] !== ROLLBACK_JOURNAL) return undefined;
    const { ino } = await file.stat();
    return `${String(ino)}-${String(header.readUInt32BE(CHANGE_COUNTER_AT))}`;
  } finally {
    await file.close();
  }
}
