import { join } from 'node:path';

import type { VintedItem } from '@fashionmatch/domain';

import { isFolder } from '../../files/presence.js';
import { byName } from '../image-names.js';
import type { ImagePlaces } from '../listing-image.js';
import { isNothing } from './reading.js';
import { readText } from './text.js';

/** Of images that a folder of them may have, in the order in which they are looked for. */
const EXTENSIONS = ['jpg', 'jpeg', 'png', 'webp', 'avif', 'heic', 'gif', 'tif'];

/** Where images of listings usually lie, from the folder of the listings' file. */
export const IMAGE_FOLDER_NAMES = ['images', 'image', 'photos', 'photo', 'pictures', 'picture', 'pics', 'img', 'imgs'];

/** Those of them that are in a folder. */
export async function imageFoldersIn(folder: string): Promise<readonly string[]> {
  const isThere = await Promise.all(IMAGE_FOLDER_NAMES.map((name) => isFolder(join(folder, name))));
  return IMAGE_FOLDER_NAMES.filter((_, i) => isThere[i]);
}

/** A path has been cut this often when its last two names are left: deeper ones are no folders of images. */
const MAX_TAILS = 8;

/** What is known of where images lie, besides what the listing itself says. */
export interface KnownPlaces {
  /** Paths, or folders with `/` at their end, that a mapping gives for this listing. */
  readonly mapped: readonly string[];
  /** As {@link imageFoldersIn} finds them beside the listings. */
  readonly imageFolders: readonly string[];
  /** Whether the file stands in a folder of its own with the listing's images. */
  readonly ownFolder: boolean;
}

/** Where the images of a listing may lie: where it is said, then below the folder of its file, the most certain place first. */
export function imagePlaces(listing: VintedItem, known: KnownPlaces): ImagePlaces {
  return {
    written: listing.localImagePaths,
    beside: placesBeside(listing, known),
    guessed: guessedPlaces(listing, known),
  };
}

function* placesBeside({ itemId, localImagePaths }: VintedItem, known: KnownPlaces): Generator<string> {
  for (const path of localImagePaths) yield* movedPaths(path, known.imageFolders);
  yield* known.mapped;
  if (known.ownFolder) yield './';
  for (const folder of known.imageFolders) yield* placesById(itemId, folder);
}

function* placesById(itemId: string, folder: string): Generator<string> {
  if (/[/\\]|^\.+$/.test(itemId)) return;
  yield `${folder}/${itemId}/`;
  for (const extension of EXTENSIONS) yield `${folder}/${itemId}.${extension}`;
}

function* guessedPlaces({ itemId, imageUrls }: VintedItem, { imageFolders }: KnownPlaces): Generator<string> {
  yield* placesById(itemId, '.');
  for (const address of imageUrls) {
    const name = fileNameOf(address);
    if (name !== undefined) yield* [...imageFolders.map((folder) => `${folder}/${name}`), name];
  }
}

/**
 * Where a path may lead when the folder was moved since, came from another system, or was written as an address:
 * `C:\scraper\images\1\0.jpg` and `file:///data/images/1/0.jpg` to `images/1/0.jpg`.
 */
function movedPaths(written: string, imageFolders: readonly string[]): string[] {
  const plain = written.replaceAll('\\', '/').replace(/^[a-z][a-z\d+.-]*:\/*/i, '');
  const variants = new Set(
    [plain, plain.replace(/[?#!].*$/s, ''), decoded(plain)].filter((path) => path !== undefined),
  );
  return [...variants].flatMap((path) => {
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    const inside = names.slice(names.lastIndexOf('..') + 1).slice(-MAX_TAILS);
    const tails = inside.slice(0, -1).map((_, start) => inside.slice(start).join('/'));
    const below = imageFolders.map((folder) => `${folder}/${inside.join('/')}`);
    const places = [...tails, ...(names.length === 1 ? [path] : []), ...below];
    // Some tables have the names of their images without what they end in.
    const isWhole = names.length !== 1 || byName(path) === 'image';
    return isWhole ? places : [...places, ...below.flatMap((place) => EXTENSIONS.map((end) => `${place}.${end}`))];
  });
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // A percent sign is one, then.
    return undefined;
  }
}

/** The name that a file has when it is downloaded. */
function fileNameOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const name = decoded(new URL(address).pathname.split('/').at(-1) ?? '');
  return name === undefined || !/^[^/\\]+\.\w+$/.test(name) ? undefined : name;
}

/**
 * The path that a template comes to, or undefined where the listing lacks one of its columns. `{id}` is the listing's
 * id, `{id:0:3}` the characters from the first up to the third, as Python has it.
 */
export function filledTemplate(
  template: string,
  itemId: string,
  valueOf: (column: string) => unknown,
): string | undefined {
  const missing: string[] = [];
  const path = template.replace(/\{([^{}:]+)(?::(-?\d*):(-?\d*))?\}/g, (_, column: string, start = '', end = '') => {
    const value = column === 'id' ? itemId : readText(valueOf(column));
    if (typeof value !== 'string' || isNothing(value)) missing.push(column);
    return typeof value === 'string'
      ? [...value].slice(Number(start), end === '' ? undefined : Number(end)).join('')
      : '';
  });
  return missing.length === 0 ? path : undefined;
}
