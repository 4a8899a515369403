import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

/** How many changes of its own form each version of Chroma has made to a store that it opened, oldest first. */
const FORMS = [
  { changes: 0, version: 'before 0.4' },
  { changes: 8, version: '0.4' },
  { changes: 15, version: '0.5 or 0.6' },
  { changes: 16, version: '1.0 to 1.2' },
  { changes: 18, version: '1.3 or later' },
] as const;

/** Of a store that the server has opened which comes with FashionMatch. */
export const OUR_CHANGES = 18;

/**
 * Makes sure that our server would open a store as it is. It brings older ones into its own form, in which the
 * program that wrote them can no longer read them. Whoever may not write there works on a copy, which nobody misses.
 *
 * @throws FashionMatchError `STORE_FAILED` when opening would change it.
 */
export async function requireOurForm(directory: string): Promise<void> {
  const mayWrite = await access(directory, constants.W_OK).then(() => true, () => false); // prettier-ignore
  const changes = mayWrite ? await changesOf(directory) : OUR_CHANGES;
  if (changes >= OUR_CHANGES) return;
  const version = FORMS.findLast((form) => form.changes <= changes)?.version ?? '';
  throw new FashionMatchError(
    'STORE_FAILED',
    `The store in ${directory} was written by another program with Chroma ${version}, which could not read it any ` +
      'more once it is opened here: run `fashionmatch adopt`, which works on a copy, or copy the folder and set database.persist_directory to the copy',
  );
}

/** Read from the file itself: a server would make the changes that are missing. */
async function changesOf(directory: string): Promise<number> {
  const { default: sqlite } = await import('node-sqlite3-wasm');
  try {
    const database = new sqlite.Database(join(directory, 'chroma.sqlite3'), { readOnly: true, fileMustExist: true });
    try {
      return Number(database.get('SELECT count(*) AS changes FROM migrations')?.['changes'] ?? 0);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new FashionMatchError(
      'STORE_FAILED',
      `${join(directory, 'chroma.sqlite3')} cannot be read, so nobody knows which program wrote it: check that it is whole and no other program has it open`,
      { cause },
    );
  }
}
