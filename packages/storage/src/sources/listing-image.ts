import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, posix, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ItemError, type ImageFile } from '@fashionmatch/domain';

import { byName } from './image-names.js';
import { liesWithin, notAFile, realPathWithin, toFileError, type AllowedFolders } from '../files/safe-open.js';

export interface ListingImageFolders {
  /** Absolute; a relative path is looked for below each of them, in this order. */
  readonly bases: readonly string[];
  readonly within: AllowedFolders;
}

export interface FoundImage {
  readonly file: ImageFile;
  /** As the listing has it, or from the folder of its file. */
  readonly place: string;
  /** Places that come before it, and why they are of no use. */
  readonly passedOver: readonly string[];
}

/**
 * Finds the image of a listing: the first that is there and not empty, of the paths that the listing has and then of
 * the places beside its file. Where all are empty, the first of these.
 *
 * @param beside Below the first base; only looked at when none of the paths leads to an image.
 * @throws ItemError with what is wrong with the first path, as {@link findListingImage} does.
 */
export async function findFirstImage(
  written: readonly string[],
  beside: Iterable<string>,
  folders: ListingImageFolders,
): Promise<FoundImage> {
  const passedOver: string[] = [];
  let fault: ItemError | undefined;
  let empty: FoundImage | undefined;
  const take = async (place: string, find: () => Promise<ImageFile>): Promise<FoundImage | undefined> => {
    try {
      const file = await find();
      if (file.size > 0) return { file, place, passedOver };
      empty ??= { file, place, passedOver: [] };
    } catch (cause) {
      fault ??= toFileError(cause);
    }
    return undefined;
  };
  for (const path of written) {
    const found = await take(path, () => findListingImage(path, folders));
    if (found !== undefined) return found;
    passedOver.push(path);
  }
  fault ??= new ItemError('IMAGE_MISSING', 'the listing has no local image path');
  const besideFile = { bases: folders.bases.slice(0, 1), within: folders.within };
  for (const place of beside) {
    const find = place.endsWith('/') ? firstImageIn : findListingImage;
    const found = await take(place, () => find(place, besideFile));
    if (found !== undefined)
      return { ...found, place: posix.join(place, place.endsWith('/') ? basename(found.file.path) : '') };
  }
  if (empty !== undefined) return empty;
  throw fault;
}

/** By the numbers in their names, so that `2.jpg` comes before `10.jpg`. */
const { compare } = new Intl.Collator('en', { numeric: true });

async function firstImageIn(folder: string, { bases, within }: ListingImageFolders): Promise<ImageFile> {
  const real = await realPathWithin(resolve(bases[0] ?? '', folder), within);
  const names = (await readdir(real)).filter((name) => !name.startsWith('.')).sort(compare);
  const certain = names.filter((name) => byName(name) === 'image');
  for (const name of certain.length > 0 ? certain : names.filter((other) => byName(other) === 'unclear')) {
    const file = await findListingImage(join(real, name), { bases, within });
    if (file.size > 0) return file;
  }
  throw new ItemError('IMAGE_MISSING', 'the folder has no image');
}

/**
 * Finds the image that a listing names; the first path where there is anything decides.
 *
 * @param written As the listing has it: relative, or absolute inside the allowed folders.
 * @throws ItemError `PATH_FORBIDDEN` when the path leads out of the allowed folders, be it by `..`, an
 *   absolute path, a symbolic link, an address or a network path; `IMAGE_MISSING`; `IMAGE_UNREADABLE`.
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
  if (/^file:[\\/]/i.test(written)) {
    try {
      return fileURLToPath(written);
    } catch (cause) {
      throw new ItemError('PATH_FORBIDDEN', 'the address is not that of a file on this machine', { cause });
    }
  }
  if (/^[a-z][a-z\d+.-]+:[\\/]/i.test(written) || (/^[\\/]{2}/.test(written) && within !== undefined)) {
    throw new ItemError('PATH_FORBIDDEN', 'the image is to be a path on this machine, not an address');
  }
  // Scrapers on Windows write `images\1\0.jpg`; elsewhere that would be a single name.
  return sep === '/' ? written.replaceAll('\\', sep) : written;
}
