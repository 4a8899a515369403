import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, posix, resolve, sep } from 'node:path';
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
  /** Paths of the listing since the image before, that led to none. */
  readonly passedOver: readonly string[];
}

/** Where the images of a listing may lie. */
export interface ImagePlaces {
  /** Paths that the listing has. */
  readonly written: readonly string[];
  /** Below the first base; what ends in `/` is a folder of images. */
  readonly beside: Iterable<string>;
  /** As `beside`, but only where there is nothing at all in the others: another listing's image may be called so. */
  readonly guessed: Iterable<string>;
}

/**
 * Finds the images of a listing, one after the other as they are asked for: those that are there and not empty, each
 * file once. Where all are empty, the first of these.
 *
 * @throws ItemError with what is wrong with the first path when there is none, as {@link findListingImage} does.
 */
export async function* findImages(places: ImagePlaces, folders: ListingImageFolders): AsyncGenerator<FoundImage, void> {
  const search = new ImageSearch();
  yield* search.written(places.written, folders);
  const besideFile = { bases: folders.bases.slice(0, 1), within: folders.within };
  yield* search.beside(places.beside, besideFile);
  if (search.hasFound()) return;
  yield* search.beside(places.guessed, besideFile);
  if (!search.hasFound()) yield search.onlyEmpty();
}

class ImageSearch {
  readonly #seen = new Set<string>();
  readonly #passedOver: string[] = [];
  #fault: ItemError | undefined;
  #empty: FoundImage | undefined;

  hasFound(): boolean {
    return this.#seen.size > 0;
  }

  async *written(paths: readonly string[], folders: ListingImageFolders): AsyncGenerator<FoundImage, void> {
    for (const path of paths) {
      const found = await this.#at(path, folders);
      if (found === undefined) this.#passedOver.push(path);
      else yield found;
    }
    this.#fault ??= new ItemError('IMAGE_MISSING', 'the listing has no local image path');
  }

  async *beside(places: Iterable<string>, folders: ListingImageFolders): AsyncGenerator<FoundImage, void> {
    for (const place of places) {
      for (const path of place.endsWith('/') ? await imagesIn(place, folders) : [place]) {
        const found = await this.#at(path, folders);
        if (found !== undefined) yield found;
      }
    }
  }

  onlyEmpty(): FoundImage {
    if (this.#empty === undefined) throw this.#fault ?? new ItemError('IMAGE_MISSING', 'the listing has no image');
    return this.#empty;
  }

  async #at(place: string, folders: ListingImageFolders): Promise<FoundImage | undefined> {
    try {
      const file = await findListingImage(place, folders);
      if (file.size === 0) this.#empty ??= { file, place, passedOver: [] };
      else if (!this.#seen.has(file.path)) {
        this.#seen.add(file.path);
        return { file, place, passedOver: this.#passedOver.splice(0) };
      }
    } catch (cause) {
      this.#fault ??= toFileError(cause);
    }
    return undefined;
  }
}

/** By the numbers in their names, so that `2.jpg` comes before `10.jpg`. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** The paths of the images in a folder, which need not be there. */
async function imagesIn(folder: string, { bases, within }: ListingImageFolders): Promise<string[]> {
  try {
    const real = await realPathWithin(resolve(bases[0] ?? '', folder), within);
    const names = (await readdir(real)).filter((name) => !name.startsWith('.')).sort(compare);
    const certain = names.filter((name) => byName(name) === 'image');
    const images = certain.length > 0 ? certain : names.filter((name) => byName(name) === 'unclear');
    return images.map((name) => posix.join(folder, name));
  } catch {
    return [];
  }
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
