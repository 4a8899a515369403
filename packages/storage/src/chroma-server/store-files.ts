import { chmod, constants, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Where the journal of a store's collections is, in the folder of its server. */
export const journalFolderOf = (directory: string): string => join(directory, 'journal');

/** What is beside the server's own files: a journal, notes and locks. */
const BESIDE = /^(journal|fashionmatch[-.]|chroma\.sqlite3\.lock)/;

/** Copies what a Chroma server has in a folder to another one, for this user alone. */
export async function copyServerFiles(directory: string, copy: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const place = relative(directory, from);
    if (!entry.isFile() || BESIDE.test(place)) continue;
    const to = join(copy, place);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o600);
  }
}
