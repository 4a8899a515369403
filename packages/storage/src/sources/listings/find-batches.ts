import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

import type { LeftOutReason, OnLeftOut } from '@fashionmatch/domain';

import { openRegularFile, readBytes, realPathWithin, type AllowedFolders } from '../../files/safe-open.js';
import { byName } from '../image-names.js';
import { passedOver, type NameRules, type PassedOver } from '../name-rules.js';
import { BATCH_MARKS, batchName } from '../scraped-batch-folder.js';
import { openSourceFolder } from '../source-folder.js';
import { IMAGE_FOLDER_NAMES } from './image-places.js';
import { isListingName } from './listing-file.js';

/** Folders of batches in folders; deeper ones are something else. */
const MAX_DEPTH = 6;

/** Where listings have their images: nothing is listed there. */
const IMAGE_FOLDERS = new Set([...IMAGE_FOLDER_NAMES, 'full', 'thumb', 'thumbs', 'thumbnails']);

export interface ListBatchesOptions {
  /** What is passed over by name; only hidden names when not given. */
  readonly names?: NameRules | undefined;
  /** Told of everything else in the folder, but not of images beside listings. */
  readonly onLeftOut?: OnLeftOut | undefined;
  /** Tells files that are listings whatever their names. */
  readonly isChosen?: ((path: string) => boolean) | undefined;
  /** Symbolic links that lead out of these are not looked through; by default, out of the folder itself. */
  readonly within?: AllowedFolders;
}

/**
 * The paths of the batches in a folder, newest first by their names: files of listings, and folders with a
 * `batch.json`, an `items.json`, an `item.json` or a folder `items` in them; the folder itself may be one. Other
 * folders are looked through.
 *
 * @throws FashionMatchError `SOURCE_UNREADABLE`
 */
export async function listBatches(directory: string, options: ListBatchesOptions = {}): Promise<string[]> {
  const root = await openSourceFolder(directory, 'scraped batches');
  const entries = await readdir(directory, { withFileTypes: true });
  const search = new BatchSearch(directory, root, 'within' in options ? options : { ...options, within: [root] });
  return search.among(directory, entries, 0);
}

class BatchSearch {
  readonly #directory: string;
  readonly #options: ListBatchesOptions;
  readonly #whyNot: PassedOver;
  readonly #visited: Set<string>;

  constructor(directory: string, root: string, options: ListBatchesOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#whyNot = passedOver(options.names ?? {});
    this.#visited = new Set([root]);
  }

  /** The batches among the entries of a folder, itself the first if it is one. */
  async among(folder: string, entries: readonly Dirent[], depth: number): Promise<string[]> {
    const isBatch = await hasMarks(folder, entries);
    const shown = entries.filter(
      (entry) => !(isBatch && BATCH_MARKS.includes(entry.name)) && !this.#isPassedOver(join(folder, entry.name), entry),
    );
    shown.sort((a, b) => newestFirst(a.name, b.name));
    // A batch is in its own files: what else is there says the same again, or is a scraper's.
    const mayList = !isBatch || depth === 0;
    const isListing = mayList
      ? await Promise.all(shown.map((entry) => this.#isListing(join(folder, entry.name), entry)))
      : [];
    const files = new Set(shown.filter((_, i) => isListing[i]).map(({ name }) => name));
    const hasListings = isBatch || files.size > 0;
    // What is called as a table beside it belongs to that, as do the images of listings.
    const taken = new Set([...files].map(batchName));
    const found = isBatch ? [folder] : [];
    const others: Dirent[] = [];
    for (const entry of shown) {
      const { name } = entry;
      const path = join(folder, name);
      const isTaken = taken.has(name) || (hasListings && IMAGE_FOLDERS.has(name.toLowerCase()));
      const batches = files.has(name) ? [path] : isTaken ? [] : await this.#in(path, entry, depth);
      found.push(...batches);
      const isImage = hasListings && !entry.isDirectory() && byName(name) !== 'other';
      if (batches.length === 0 && !isImage && !taken.has(name)) others.push(entry);
    }
    // Of a folder in which there is nothing, only itself is told.
    if (found.length > 0 || depth === 0)
      for (const entry of others) this.#leaveOut(join(folder, entry.name), entry, 'not_a_batch');
    return found;
  }

  #isPassedOver(path: string, entry: Dirent): boolean {
    const reason = this.#whyNot(relative(this.#directory, path).replaceAll(sep, '/'));
    if (reason !== undefined) this.#leaveOut(path, entry, reason);
    return reason !== undefined;
  }

  #leaveOut(path: string, entry: Dirent, reason: LeftOutReason): void {
    this.#options.onLeftOut?.({ path, kind: entry.isDirectory() ? 'folder' : 'file', reason });
  }

  /** A file of listings, or what has the name of one. */
  async #isListing(path: string, entry: Dirent): Promise<boolean> {
    if (entry.isDirectory() && extname(entry.name).toLowerCase() !== '.json') return false;
    if (isListingName(entry.name) || this.#options.isChosen?.(path) === true) return true;
    return entry.isFile() && extname(entry.name).toLowerCase() === '.txt' && (await isTabbed(path));
  }

  /** What is called as a batch is one, even where it cannot be looked into: opening it says why. */
  async #in(path: string, { name }: Dirent, depth: number): Promise<string[]> {
    const itself = name.startsWith('batch_') ? [path] : [];
    let entries: Dirent[];
    try {
      const folder = await realPathWithin(path, this.#options.within);
      if (!(await stat(folder)).isDirectory()) return [];
      if (this.#visited.has(folder) || depth >= MAX_DEPTH) return [];
      this.#visited.add(folder);
      entries = await readdir(folder, { withFileTypes: true });
    } catch {
      return itself;
    }
    const found = await this.among(path, entries, depth + 1);
    return found.length === 0 ? itself : found;
  }
}

/** Whether a folder has in it what makes it a batch; a folder called `items` may have anything in it. */
async function hasMarks(folder: string, entries: readonly Dirent[]): Promise<boolean> {
  const marks = entries.filter(({ name }) => BATCH_MARKS.includes(name));
  if (marks.some((mark) => !mark.isDirectory())) return true;
  const inside = await Promise.all(marks.map(({ name }) => readdir(join(folder, name)).catch((): string[] => [])));
  return inside.flat().some((name) => extname(name).toLowerCase() === '.json');
}

/** A merchant feed is a table with tabs that is often called `.txt`; a text is not. */
async function isTabbed(path: string): Promise<boolean> {
  try {
    const { file } = await openRegularFile(path, undefined);
    try {
      return /^[^\r\n]+\t[^\r\n]+[\r\n]/.test((await readBytes(file, 0, 4_096)).toString('latin1'));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** Names carry their time: `batch_20250115_143022_123456`, `20231215_123456.json`. */
function newestFirst(a: string, b: string): number {
  const [timeOfA, timeOfB] = [timeOf(a), timeOf(b)];
  return timeOfA < timeOfB ? 1 : timeOfA > timeOfB ? -1 : a < b ? -1 : 1;
}

function timeOf(name: string): string {
  return batchName(name).replace(/^batch_/, '');
}
