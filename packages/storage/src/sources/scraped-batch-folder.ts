import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { ItemError, type ListingMapping, type ScrapedBatch, type VintedItem } from '@fashionmatch/domain';

import { realPathWithin, toFileError, type SafeReadOptions } from '../files/safe-open.js';
import { checkedListings, type Listing } from './listings/checked-listings.js';
import { readDate } from './listings/date.js';
import { imageFoldersIn } from './listings/image-places.js';
import { openListingFile } from './listings/listing-file.js';
import { isListing, MappingFinder } from './listings/mapping.js';
import { ownValue, UNUSABLE } from './listings/reading.js';
import { readText } from './listings/text.js';
import type { OnDropped } from './listings/to-listing.js';

/**
 * A JSON file this large holds some 80,000 listings. Parsing blocks the event loop for about 8 ms a MiB, which
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

/** What a batch says about itself; how many items it has only where that is known before they are read. */
export interface BatchHeader extends Omit<ScrapedBatch, 'items' | 'totalItems'> {
  readonly totalItems?: number | undefined;
}

/** A batch whose listings are checked one by one as they are asked for. */
export interface OpenedBatch {
  readonly header: BatchHeader;
  /** Where relative image paths start; a real path. */
  readonly folder: string;
  readonly format: string;
  /** Known when all listings have been asked for: `utf-8` unless the file is in another one. */
  readonly encoding: () => string;
  readonly listings: Iterable<Promise<Listing>> | AsyncIterable<Listing>;
}

export interface OpenBatchOptions extends SafeReadOptions {
  /** The user's own mapping for a file, in place of what it is recognised as. */
  readonly mappingFor?: ((path: string) => ListingMapping | undefined) | undefined;
  /** Is told of what is left out of listings. */
  readonly onDropped?: OnDropped | undefined;
  /** Is told of a file that could not be used, and what is read in its place. */
  readonly onFallback?: ((path: string, inItsPlace: string, reason: string) => void) | undefined;
}

/**
 * Reads a batch folder or file whole.
 *
 * @throws ItemError `BATCH_INVALID` when the batch as a whole cannot be used.
 */
export async function loadBatch(path: string): Promise<LoadedBatch> {
  const batch = await openBatch(path, { within: undefined, maxBytes: MAX_BATCH_FILE_BYTES });
  if (batch === undefined) throw new ItemError('BATCH_INVALID', 'the file holds no listings');
  const items: VintedItem[] = [];
  const rejected: RejectedListing[] = [];
  for await (const listing of batch.listings) {
    if (listing.kind === 'good') items.push(listing.listing);
    else {
      const { itemId, error, path: file } = listing;
      rejected.push({ itemId, reason: error.message, value: error.value, path: file });
    }
  }
  return { ...batch.header, totalItems: batch.header.totalItems ?? items.length + rejected.length, items, rejected };
}

/** The files of a batch folder that hold it whole, the best first. */
const BATCH_FILES = ['batch.json', 'items.json', 'item.json'];

/** What a scraper that was stopped leaves behind: a file for each listing, and none for the whole. */
const ITEMS_FOLDER = 'items';

/** What a folder has in it that is a batch. */
export const BATCH_MARKS: readonly string[] = [...BATCH_FILES, ITEMS_FOLDER];

/**
 * Opens a batch: a folder, or a file of listings. Undefined for a file of something else.
 *
 * A folder whose `batch.json` is cut or empty is read from `items.json`, or the files in `items`.
 *
 * @throws ItemError `BATCH_INVALID` when the batch as a whole cannot be used.
 */
export async function openBatch(path: string, options: OpenBatchOptions): Promise<OpenedBatch | undefined> {
  try {
    const real = await realPathWithin(path, options.within);
    return (await stat(real)).isDirectory()
      ? await openFolder(real, batchName(path), options)
      : await openFile({ path: real, name: batchName(path), isNamed: isNamedAsBatch(path) }, options);
  } catch (cause) {
    const error = toFileError(cause);
    throw error.code === 'BATCH_INVALID' ? error : new ItemError('BATCH_INVALID', error.message, { cause });
  }
}

async function openFolder(folder: string, name: string, options: OpenBatchOptions): Promise<OpenedBatch> {
  let fault: ItemError | undefined;
  let faultPath = '';
  const openers = BATCH_FILES.map(
    (file) => [file, () => openFile({ path: join(folder, file), name, isNamed: true }, options)] as const,
  );
  for (const [file, open] of [...openers, [ITEMS_FOLDER, () => openItems(folder, name, options)] as const]) {
    try {
      const batch = await open();
      if (batch === undefined) throw new ItemError('BATCH_INVALID', `${file} holds no listings`);
      if (fault !== undefined) options.onFallback?.(faultPath, file, fault.message);
      return batch;
    } catch (cause) {
      const error = toFileError(cause);
      if (error.code === 'PATH_FORBIDDEN') throw error;
      if (error.code !== 'IMAGE_MISSING' && fault === undefined) [fault, faultPath] = [error, join(folder, file)];
    }
  }
  throw fault ?? new ItemError('BATCH_INVALID', 'there is no batch.json, no items.json and no items folder');
}

/** Whether a file says by its name that it is a batch: `batch_20250115.json`, `20231215_123456.json`. */
export function isNamedAsBatch(path: string): boolean {
  return /^(?:batch[_.]|items\.|\d{8}_)/.test(basename(path));
}

/** The id of a batch that names none itself. */
export function batchName(path: string): string {
  return basename(path).replace(/\.(?:jsonl?|ndjson|jl|csv|tsv|tab|txt|xml|rss|atom)$/i, '');
}

interface NamedFile {
  readonly path: string;
  readonly name: string;
  /** Whether its name says that it holds listings, so that it needs less to be taken for one. */
  readonly isNamed: boolean;
  /** Where images lie when that is not beside it. */
  readonly imageFolders?: readonly string[] | undefined;
}

async function openFile(
  { path, name, isNamed, imageFolders: known }: NamedFile,
  options: OpenBatchOptions,
): Promise<OpenedBatch | undefined> {
  const finder = new MappingFinder(options.mappingFor?.(path));
  const file = await openListingFile(path, {
    ...options,
    isListing: (record, inTable = false) => {
      const found = finder.find(record);
      return isListing(found, !inTable) || (isNamed && found.paths.has('item_id'));
    },
  });
  if (file === undefined) return undefined;
  const imageFolders = known ?? (await imageFoldersIn(dirname(path)));
  const ownFolder = basename(path) === 'item.json';
  const batch = { path, name, finder, mtimeMs: file.mtimeMs, imageFolders, ownFolder };
  const header = headerOf(file.header, name);
  return {
    header: { ...header, totalItems: header.totalItems ?? file.count },
    folder: dirname(path),
    format: file.format,
    listings: checkedListings(file.records, batch, options.onDropped),
    encoding: file.encoding,
  };
}

async function openItems(folder: string, name: string, options: OpenBatchOptions): Promise<OpenedBatch> {
  const items = await realPathWithin(join(folder, ITEMS_FOLDER), options.within);
  const files = (await readdir(items)).filter((file) => /^[^.].*\.json$/i.test(file)).sort();
  const imageFolders = await imageFoldersIn(folder);
  async function check(file: string): Promise<Listing> {
    const path = join(items, file);
    try {
      const batch = await openFile({ path, name: batchName(file), isNamed: true, imageFolders }, options);
      if (batch === undefined) throw new ItemError('LISTING_INVALID', 'the file holds no listing');
      for await (const listing of batch.listings) return listing;
      throw new ItemError('LISTING_INVALID', 'the file holds no listing');
    } catch (cause) {
      const { message, value } = toFileError(cause);
      const reason = value === undefined ? message : message.slice(0, -`: ${value}`.length);
      return {
        kind: 'bad',
        itemId: batchName(file),
        error: new ItemError('LISTING_INVALID', reason, { cause, value }),
        path,
      };
    }
  }
  function* listings(): Generator<Promise<Listing>> {
    for (const file of files) yield check(file);
  }
  const header = { ...headerOf({}, name), totalItems: files.length };
  return { header, folder, format: 'JSON', encoding: () => 'utf-8', listings: listings() };
}

/** Nothing depends on a header, so a wrong value in it is as good as none. */
function headerOf(header: Readonly<Record<string, unknown>>, name: string): BatchHeader {
  const textOf = (key: string): string | undefined => {
    const text = readText(ownValue(header, key));
    return typeof text === 'string' ? text : undefined;
  };
  const countOf = (key: string): number | undefined => {
    const count = ownValue(header, key);
    return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
  };
  const date = readDate(ownValue(header, 'scraped_at'));
  return {
    batchId: textOf('batch_id') ?? name,
    category: textOf('category') ?? '',
    totalItems: countOf('total_items'),
    pagesScraped: countOf('pages_scraped') ?? 0,
    scrapedAt: date === undefined || date === UNUSABLE ? '' : date.time,
  };
}
