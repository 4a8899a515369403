import { stat } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ItemError, type ImageFile } from '@fashionmatch/domain';

import { liesWithin, notAFile, realPathWithin, toFileError, type AllowedFolders } from '../files/safe-open.js';

export interface ListingImageFolders {
  /** Absolute; a relative path is looked for below each of them, in this order. */
  readonly bases: readonly string[];
  readonly within: AllowedFolders;
}

/**
 * Finds the image that a listing names; the first path where there is anything decides.
 *
 * @param written As the listing has it: relative, or absolute inside the allowed folders.
 * @throws ItemError `PATH_FORBIDDEN` when the path leads out of the allowed folders, be it by `..`, an
 *   absolute path, a symbolic link, a `file://` address or a network path; `IMAGE_MISSING`; `IMAGE_UNREADABLE`.
 */
export async function findListingImage(written: string, { bases, within }: ListingImageFolders): Promise<ImageFile> {
  const path = toLocalPath(written, within);
  const candidates = isAbsolute(path) ? [resolve(path)] : new Set(bases.map((base) => resolve(base, path)));
  let fault: ItemError | undefined;
  for (const candidate of candidates) {
    // Not even asked for: asking can mount a network folder.
    if (within?.some((folder) => liesWithin(candidate, folder)) === false) continue;
    try {
      const real = await realPathWithin(candidate, within);
      const found = await stat(real);
      if (!found.isFile()) throw notAFile(found);
      return { path: real, size: found.size, mtimeMs: Math.round(found.mtimeMs) };
    } catch (cause) {
      fault = toFileError(cause);
      if (fault.code !== 'IMAGE_MISSING') break;
    }
  }
  throw fault ?? new ItemError('PATH_FORBIDDEN', 'the path leads out of the folders that may be read');
}

function toLocalPath(written: string, within: AllowedFolders): string {
  const isAddress = /^[a-z][a-z\d+.-]+:[\\/]/i.test(written);
  if (isAddress && within === undefined) {
    try {
      return fileURLToPath(written);
    } catch (cause) {
      throw new ItemError('PATH_FORBIDDEN', 'the address is not that of a file on this machine', { cause });
    }
  }
  if (isAddress || (/^[\\/]{2}/.test(written) && within !== undefined)) {
    throw new ItemError('PATH_FORBIDDEN', 'the image is to be a path on this machine, not an address');
  }
  // Scrapers on Windows write `images\1\0.jpg`; elsewhere that would be a single name.
  return sep === '/' ? written.replaceAll('\\', sep) : written;
}
