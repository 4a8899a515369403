import { basename, join, relative, resolve, sep } from 'node:path';

import {
  ItemError,
  type BatchSurvey,
  itemFailure,
  type FileMapping,
  vintedItemToFashionItem,
  type ImageFile,
  type ItemFailure,
  type ItemSource,
  type LeftOut,
  type Logger,
  type NextImage,
  type OnLeftOut,
  type SourceEntry,
  type SourceItem,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { findImages, type ListingImageFolders } from './listing-image.js';
import { fileExists, readRegularFile, toFileError } from '../files/safe-open.js';
import {
  batchName,
  isNamedAsBatch,
  MAX_BATCH_FILE_BYTES,
  openBatch,
  type OpenedBatch,
} from './scraped-batch-folder.js';
import type { GoodListing, Listing } from './listings/checked-listings.js';
import { listBatches } from './listings/find-batches.js';
import { imagePlaces } from './listings/image-places.js';
import type { ListingNotes } from './listings/listing-notes.js';
import { allowedFolders, listingRun, realPathOf, type ListingRun } from './listings/listing-run.js';
import type { FoundMapping } from './listings/mapping.js';
import { BatchTally } from './listings/survey-batches.js';
import { passedOver, type NameRules } from './name-rules.js';
import { DownloadableImages } from './image-download/downloadable-images.js';
import type { ImageDownloader } from './image-download/image-downloader.js';
import { ImageFolder } from './image-download/image-folder.js';

export interface ScrapedBatchesOptions {
  /** Holds batches, as `listBatches` finds them. */
  readonly directory: string;
  /**
   * The last place where relative image paths are looked for. Batches and images may lie in it, unless it is the
   * root of a file system, the home directory or a folder above that: those hold everything.
   */
  readonly workingDirectory: string;
  /** A larger image is `IMAGE_TOO_LARGE`. */
  readonly maxFileBytes: number;
  /** A larger JSON file is `BATCH_INVALID`; tables, feeds and JSON Lines are read a piece at a time. */
  readonly maxBatchFileBytes?: number | undefined;
  /** Lets batches and images lie anywhere on this machine, not only in the two folders. */
  readonly allowOutsidePaths?: boolean | undefined;
  /** For files that are not recognised by their columns; the first whose glob fits wins. */
  readonly mappings?: readonly FileMapping[] | undefined;
  /** What is passed over by name; only hidden names when not given. A listing's image is, when a pattern excludes it. */
  readonly names?: NameRules | undefined;
  /** Fetches images that listings have only an address of, into the folder `.images` of `directory`. */
  readonly downloader?: ImageDownloader | undefined;
  readonly logger: Logger;
}

/** A source that can say how it reads its batches. */
export interface ScrapedBatches extends ItemSource {
  /** Goes through all batches, and tells of each what it was recognised as. */
  survey(onLeftOut?: OnLeftOut): Promise<readonly BatchSurvey[]>;
}

/** Is told how each listing is read. */
type OnFound = (found: FoundMapping, format: string) => void;

/** Enough to keep libuv's threads busy with looking for images. */
const LISTINGS_AT_ONCE = 16;

/** Lists what marketplaces offer, batch by batch, the newest first; a listing that cannot be used is a fault. */
export function scrapedBatches(options: ScrapedBatchesOptions): ScrapedBatches {
  const { directory, workingDirectory, maxFileBytes, downloader, logger } = options;
  const { maxBatchFileBytes = MAX_BATCH_FILE_BYTES, allowOutsidePaths = false, mappings = [], names = {} } = options;
  const places = { directory, workingDirectory, allowOutsidePaths };
  const isExcluded = passedOver({ exclude: names.exclude, includeHidden: true });
  const told = new Set<string>();

  async function* listBatch(
    path: string,
    run: ListingRun,
    onLeftOut: OnLeftOut,
    onFound: OnFound = () => undefined,
  ): AsyncGenerator<SourceEntry> {
    let batch: OpenedBatch | undefined;
    try {
      batch = await openBatch(path, run);
    } catch (cause) {
      yield fault(batchName(path), path, toFileError(cause));
      return;
    }
    if (batch === undefined) {
      const error = new ItemError('BATCH_INVALID', 'the file has no listings, nor anything like them');
      if (isNamedAsBatch(path)) yield fault(batchName(path), path, error);
      else onLeftOut({ path, kind: 'file', reason: 'not_a_batch' });
      return;
    }
    const { header, folder, format, listings } = batch;
    logger.debug('Reading a batch', { batch: header.batchId, path });
    const folders = { bases: [folder, resolve(directory), resolve(workingDirectory)], within: run.within };
    const images = new ImageFolder(join(resolve(directory), '.images'), run.within);
    const downloadable = new DownloadableImages({ folder: images, downloader, logger });
    yield* pMapIterable<Listing, SourceEntry>(
      listings,
      (listing) => {
        if (listing.kind === 'bad') return fault(listing.itemId, listing.path, listing.error);
        onFound(listing.found, format);
        run.notes.add('info', `Listings read as ${listing.found.mapping.name} (${format})`, basename(path));
        return toEntry(listing, folders, downloadable, run.notes);
      },
      { concurrency: LISTINGS_AT_ONCE },
    );
  }

  async function* listAll(onLeftOut: OnLeftOut, onPath?: (path: string) => OnFound): AsyncGenerator<SourceEntry> {
    const run = await listingRun({ ...places, maxBatchFileBytes, mappings });
    /** Folders that are no batches, until one is seen to hold the image of a listing: then it was meant. */
    const idleFolders = new Map<string, LeftOut>();
    const paths = await listBatches(directory, {
      ...run,
      names,
      onLeftOut: (leftOut) => {
        const { path, kind, reason } = leftOut;
        if (kind === 'folder' && reason === 'not_a_batch') idleFolders.set(basename(path), leftOut);
        else onLeftOut(leftOut);
      },
    });
    if (paths.length === 0)
      logger.warn(`Found no batches in ${directory}: neither folders of batches nor files of listings`);
    const root = await realPathOf(directory);
    for (const path of paths) {
      for await (const entry of listBatch(path, run, onLeftOut, onPath?.(path))) {
        const [folder = '', ...below] = entry.kind === 'item' ? relative(root, entry.file.path).split(sep) : [];
        idleFolders.delete(folder);
        if (entry.kind === 'item' && isExcluded([folder, ...below].join('/')) !== undefined) {
          onLeftOut({ path: entry.file.path, kind: 'file', reason: 'excluded' });
        } else {
          yield entry;
        }
      }
    }
    idleFolders.forEach(onLeftOut);
    run.notes.tell(logger, told);
  }

  return {
    name: 'scraped',

    list: (onLeftOut = () => undefined) => listAll(onLeftOut),

    async survey(onLeftOut = () => undefined) {
      const tallies: BatchTally[] = [];
      const onPath = (path: string): OnFound => {
        const tally = new BatchTally(path);
        tallies.push(tally);
        return (found, format) => {
          tally.addMapping(found, format);
        };
      };
      for await (const entry of listAll(onLeftOut, onPath)) tallies.at(-1)?.addEntry(entry);
      return tallies.filter(({ isEmpty }) => !isEmpty).map(({ survey }) => survey);
    },

    async read({ file }) {
      return readRegularFile(file.path, { within: await allowedFolders(places), maxBytes: maxFileBytes });
    },

    exists: fileExists,
  };
}

async function toEntry(
  { listing, places }: GoodListing,
  folders: ListingImageFolders,
  downloadable: DownloadableImages,
  notes: ListingNotes,
): Promise<SourceEntry> {
  const { itemId, ...metadata } = vintedItemToFashionItem(listing);
  const { imageUrls, localImagePaths } = listing;
  const itemOf = (file: ImageFile, localImagePath: string, next: NextImage): SourceItem => {
    return {
      kind: 'item',
      source: 'scraped',
      itemId,
      recognisedBy: 'id',
      metadata: { ...metadata, localImagePath },
      file,
      next: once(next),
    };
  };
  const images = findImages(imagePlaces(listing, places), folders);
  const nextItem = async (): Promise<SourceItem | undefined> => {
    const { value } = await images.next();
    if (!value) return undefined;
    for (const path of value.passedOver)
      notes.add('info', 'Passed over images that are missing or empty', path, itemId);
    return itemOf(value.file, value.place, nextItem);
  };
  try {
    const item = await nextItem();
    if (item) return item;
    throw new ItemError('IMAGE_MISSING', 'the listing has no image');
  } catch (cause) {
    const failure = failureOf(itemId, localImagePaths[0] ?? '', toFileError(cause));
    if (failure.code !== 'IMAGE_MISSING') return { kind: 'fault', failure };
    const ofFile = (file: ImageFile, next: NextImage): SourceItem => itemOf(file, file.path, next);
    return downloadable.entryOf({ failure, imageUrls, metadata, itemOf: ofFile });
  }
}

/** The same answer whoever asks, and how often. */
function once(next: NextImage): NextImage {
  let answer: ReturnType<NextImage> | undefined;
  return (signal) => (answer ??= next(signal));
}

function failureOf(itemId: string, path: string, error: ItemError): ItemFailure {
  return itemFailure(error, { itemId, source: 'scraped', stage: 'discover', path });
}

function fault(itemId: string, path: string, error: ItemError): SourceEntry {
  return { kind: 'fault', failure: failureOf(itemId, path, error) };
}
