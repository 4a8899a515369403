import { FashionMatchError, ItemError, reasonOf, type ImageFile, type StoredItem } from '@fashionmatch/domain';

import { isFolder } from '../files/presence.js';
import { readRegularFile } from '../files/safe-open.js';
import { findListingImage, type ListingImageFolders } from './listing-image.js';
import { allowedFolders, realPathOf } from './listings/listing-run.js';

export interface StoredImagesOptions {
  /** The folders of both sources. */
  readonly directories: readonly string[];
  readonly workingDirectory: string;
  /** Folders that images of the store were brought to since it was written. */
  readonly roots: readonly string[];
  readonly allowOutsidePaths: boolean;
  readonly maxFileBytes: number;
}

/** Images of items that another program stored. */
export interface StoredImages {
  /** The image that an item was made of, as a run would list it; undefined where there is none. */
  find(stored: StoredItem): Promise<ImageFile | undefined>;
  /** The bytes of one that was found. @throws ItemError when it cannot be read, or leads elsewhere by now. */
  read(path: string): Promise<Uint8Array>;
}

/**
 * Finds images of items that another program stored, maybe on another machine: at the path that it wrote, or at as
 * long an end of it as there is below one of the folders. A file's name alone will do for a reference look, which is
 * known by it; listings have images of the same name, such as `0.jpg`.
 *
 * @throws FashionMatchError `USAGE_INVALID` when a root is no folder.
 */
export async function storedImages(options: StoredImagesOptions): Promise<StoredImages> {
  const { directories, workingDirectory, roots } = options;
  await Promise.all(roots.map(requireFolder));
  const named = [...directories, ...roots];
  const allowed = await Promise.all(named.map((directory) => allowedFolders({ ...options, directory })));
  const within = options.allowOutsidePaths ? undefined : [...new Set(allowed.flatMap((folders) => folders ?? []))];
  const bases = await Promise.all([workingDirectory, ...named].map(realPathOf));
  const folders = { bases: [...new Set(bases)], within };
  return {
    find: async ({ item, provenance }) => {
      const shortest = provenance.source === 'references' ? 1 : 2;
      for (const written of new Set([provenance.filePath, item.url.startsWith('file:') ? item.url : ''])) {
        for (const path of endsOf(written, shortest)) {
          const found = await imageAt(path, folders);
          if (found !== undefined) return found;
        }
      }
      return undefined;
    },
    read: (path) => readRegularFile(path, { within, maxBytes: options.maxFileBytes }),
  };
}

async function requireFolder(root: string): Promise<void> {
  if (!(await isFolder(root)))
    throw new FashionMatchError('USAGE_INVALID', `There is no folder ${reasonOf(root)} to look for images in`);
}

/** A path, then what remains of it without its first folder, and so on. */
function* endsOf(written: string, shortest: number): Generator<string> {
  if (written === '') return;
  yield written;
  const names = pathOf(written).split(/[\\/]+/).filter((name) => name !== '' && name !== '.'); // prettier-ignore
  if (names.includes('..')) return;
  for (let from = 0; names.length - from >= shortest; from++) yield names.slice(from).join('/');
}

function pathOf(written: string): string {
  if (!written.startsWith('file:')) return written.replace(/^[A-Za-z]:(?=[\\/])/, '');
  try {
    return decodeURIComponent(new URL(written).pathname);
  } catch {
    return '';
  }
}

async function imageAt(path: string, folders: ListingImageFolders): Promise<ImageFile | undefined> {
  try {
    return await findListingImage(path, folders);
  } catch (cause) {
    if (cause instanceof ItemError) return undefined;
    throw cause;
  }
}
