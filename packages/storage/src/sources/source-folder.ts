import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';

import { FashionMatchError } from '@fashionmatch/domain';

import { toFileError } from '../files/safe-open.js';

/**
 * The real path of the folder that a source lists from.
 *
 * @param holds What the folder is for, in a user's words.
 * @throws FashionMatchError `SOURCE_UNREADABLE`
 */
export async function openSourceFolder(directory: string, holds: string): Promise<string> {
  let reason = 'it is not a folder';
  let cause: unknown;
  try {
    const real = await realpath(directory);
    if ((await stat(real)).isDirectory()) {
      await access(real, constants.R_OK | constants.X_OK);
      return real;
    }
  } catch (error) {
    cause = error;
    const fault = toFileError(error);
    reason = fault.code === 'IMAGE_MISSING' ? 'it does not exist' : fault.message;
  }
  throw new FashionMatchError(
    'SOURCE_UNREADABLE',
    `The folder of ${holds} cannot be read: ${directory}: ${reason}. Check its path and permissions`,
    { cause },
  );
}
