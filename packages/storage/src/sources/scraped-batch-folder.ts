import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { ItemError, reasonOf, type OnLeftOut, type ScrapedBatch, type VintedItem } from '@fashionmatch/domain';

import { realPathWithin, readRegularFile, toFileError, type SafeReadOptions } from '../files/safe-open.js';
import { idOf, parseBatch, parseJson, parseListing, type BatchHeader } from './scraped-batch-file.js';
import { openSourceFolder } from './source-folder.js';
import { passedOver, type NameRules } from './name-rules.js';

/**
 * A batch this large holds some 80,000 listings. Parsing blocks the event loop for about 8 ms a MiB, which
 * a worker thread would not better: handing the objects over takes as long as parsing them.
 */
export const MAX_BATCH_FILE_BYTES = 64 * 2 ** 20;

/** A listing that cannot be used, and why. */
export interface RejectedListing {
  /** Its own where it has one, else its batch and place. */
  readonly itemId: string;
  readonly reason: string;
  /** What stands where something else should; the end of `reason`. */
  readonly value?: string | undefined;
  /** The file that it stands in. */
  readonly path: string;
}

/** A batch, its usable listings in `items`. */
export interface LoadedBatch extends ScrapedBatch {
  readonly rejected: readonly RejectedListing[];
}

export type Listing =
  { readonly kind: 'good'; readonly listing: VintedItem } | ({ readonly kind: 'bad' } & RejectedListing);

/** A batch whose listings are checked one by one as they are asked for. */
export interface OpenedBatch {
  readonly header: BatchHeader;
  /** Where relative image paths start; a real path. */
  readonly folder: string;
  readonly listings: Iterable<Listing | Promise<Listing>>;
}

export interface ListBatchesOptions {
  /** What is passed over by name; only hidden names when not given. */
  readonly names?: NameRules | undefined;
  /** Told of everything else in the folder. */
  readonly onLeftOut?: OnLeftOut | undefined;
}

/**
 * The paths of the batches in a folder, newest first by their names: folders `batch_*` and files `*.json`.
 *
 * @throws FashionMatchError `SOURCE_UNREADABLE`
 */
export async function listBatches(directory: string, options: ListBatchesOptions = {}): Promise<string[]> {
  await openSourceFolder(directory, 'scraped batches');
  const { names = {}, onLeftOut } = options;
  const whyNot = passedOver(names);
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => {
      const { name } = entry;
      const reason = whyNot(name) ?? (isBatchFile(name) || isBatchFolder(entry) ? undefined : 'not_a_batch');
      const kind = entry.isDirectory() ? 'folder' : 'file';
      if (reason !== undefined) onLeftOut?.({ path: join(directory, name), kind, reason });
      return reason === undefined;
    })
    .map(({ name }) => name)
    .sort(newestFirst)
    .map((name) => join(directory, name));
}

/**
 * Reads a batch folder or file whole.
 *
 * @throws ItemError `BATCH_INVALID` when the batch as a whole cannot be used.
 */
export async function loadBatch(path: string): Promise<LoadedBatch> {
  const { header, listings } = await openBatch(path, { within: undefined, maxBytes: MAX_BATCH_FILE_BYTES });
  const items: VintedItem[] = [];
  const rejected: RejectedListing[] = [];
  for (const checked of listings) {
    const listing = await checked;
    if (listing.kind === 'good') items.push(listing.listing);
    else {
      const { itemId, reason, value, path: file } = listing;
      rejected.push({ itemId, reason, value, path: file });
    }
  }
  return { ...header, items, rejected };
}

/** @throws ItemError `BATCH_INVALID` when the batch as a whole cannot be used. */
export async function openBatch(path: string, options: SafeReadOptions): Promise<OpenedBatch> {
  try {
    const real = await realPathWithin(path, options.within);
    if (!(await stat(real)).isDirectory()) return await openBatchFile(real, batchName(path), options);
    for (const name of ['batch.json', 'items.json']) {
      try {
        return await openBatchFile(join(real, name), batchName(path), options);
      } catch (cause) {
        if (toFileError(cause).code !== 'IMAGE_MISSING') throw cause;
      }
    }
    return await openItemsFolder(real, batchName(path), options);
  } catch (cause) {
    const error = toFileError(cause);
    if (error.code === 'BATCH_INVALID') throw error;
    const { code, message } = error;
    const reason = code === 'IMAGE_MISSING' ? 'there is no batch.json, no items.json and no items folder' : message;
    throw new ItemError('BATCH_INVALID', reason, { cause });
  }
}

/** The id of a batch that names none itself. */
export function batchName(path: string): string {
  return basename(path).replace(/\.json$/i, '');
}

async function openBatchFile(path: string, name: string, options: SafeReadOptions): Promise<OpenedBatch> {
  const { header, listings } = parseBatch(await readRegularFile(path, options), name);
  function* check(): Generator<Listing> {
    for (const [place, listing] of listings.entries()) yield checkListing(listing, `${name}[${String(place)}]`, path);
  }
  return { header, folder: dirname(path), listings: check() };
}

/** What a scraper leaves behind that was stopped: a file for each listing, and none for the whole. */
async function openItemsFolder(folder: string, name: string, options: SafeReadOptions): Promise<OpenedBatch> {
  const items = await realPathWithin(join(folder, 'items'), options.within);
  const files = (await readdir(items)).filter((file) => isBatchFile(file) && !file.startsWith('.')).sort();
  async function check(file: string): Promise<Listing> {
    const path = join(items, file);
    try {
      return checkListing(parseJson(await readRegularFile(path, options)), batchName(file), path);
    } catch (cause) {
      return rejection(batchName(file), cause, path);
    }
  }
  function* listings(): Generator<Promise<Listing>> {
    for (const file of files) yield check(file);
  }
  const header = { batchId: name, category: '', totalItems: files.length, pagesScraped: 0, scrapedAt: '' };
  return { header, folder, listings: listings() };
}

function checkListing(listing: unknown, fallbackId: string, path: string): Listing {
  try {
    return { kind: 'good', listing: parseListing(listing) };
  } catch (cause) {
    return rejection(idOf(listing) ?? fallbackId, cause, path);
  }
}

function rejection(itemId: string, cause: unknown, path: string): Listing {
  const error = toFileError(cause);
  return { kind: 'bad', itemId, reason: reasonOf(error), value: error.value, path };
}

function isBatchFolder(entry: Dirent): boolean {
  return entry.name.startsWith('batch_') && !entry.isFile();
}

/** Whether a file says by its name that it is a batch: `batch_20250115.json`, `20231215_123456.json`. */
export function isNamedAsBatch(path: string): boolean {
  return /^(batch_|\d{8}_)/.test(basename(path));
}

function isBatchFile(name: string): boolean {
  return /.\.json$/i.test(name);
}

/** Names carry their time: `batch_20250115_143022_123456`, `20231215_123456.json`. */
function newestFirst(a: string, b: string): number {
  const [timeOfA, timeOfB] = [timeOf(a), timeOf(b)];
  return timeOfA < timeOfB ? 1 : timeOfA > timeOfB ? -1 : a < b ? -1 : 1;
}

function timeOf(name: string): string {
  return batchName(name).replace(/^batch_/, '');
}
