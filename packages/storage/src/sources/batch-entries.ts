import { basename, join, resolve } from 'node:path';

import {
  ItemError,
  itemFailure,
  vintedItemToFashionItem,
  type ImageFile,
  type ItemFailure,
  type Logger,
  type NextImage,
  type OnLeftOut,
  type SourceEntry,
  type SourceItem,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { toFileError } from '../files/safe-open.js';
import { DownloadableImages } from './image-download/downloadable-images.js';
import type { ImageDownloader } from './image-download/image-downloader.js';
import { ImageFolder } from './image-download/image-folder.js';
import { findImages, type ListingImageFolders } from './listing-image.js';
import type { GoodListing, Listing } from './listings/checked-listings.js';
import { imagePlaces } from './listings/image-places.js';
import { HeldNotes } from './listings/listing-notes.js';
import type { ListingRun } from './listings/listing-run.js';
import type { FoundMapping } from './listings/mapping.js';
import { batchName, isNamedAsBatch, openBatch, type OpenedBatch } from './scraped-batch-folder.js';

/** Is told how each listing is read. */
export type OnFound = (found: FoundMapping, format: string) => void;

/** Where the images of listings are, and who is told what. */
export interface BatchReading {
  /** Holds the batches; downloaded images are in its folder `.images`. */
  readonly directory: string;
  readonly workingDirectory: string;
  readonly downloader?: ImageDownloader | undefined;
  readonly logger: Logger;
  readonly onLeftOut: OnLeftOut;
  readonly onFound?: OnFound | undefined;
}

/** Enough to keep libuv's threads busy with looking for images. */
const LISTINGS_AT_ONCE = 16;

/** What one batch lists, in its order; a batch or listing that cannot be used is a fault. */
export async function* batchEntries(path: string, run: ListingRun, reading: BatchReading): AsyncGenerator<SourceEntry> {
  const { directory, workingDirectory, downloader, logger, onLeftOut, onFound } = reading;
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
  const { header, folder, format, encoding, listings } = batch;
  logger.debug('Reading a batch', { batch: header.batchId, path });
  const folders = { bases: [folder, resolve(directory), resolve(workingDirectory)], within: run.within };
  const images = new ImageFolder(join(resolve(directory), '.images'), run.within);
  const downloadable = new DownloadableImages({ folder: images, downloader, logger });
  const entries = pMapIterable<Listing, { readonly entry: SourceEntry; readonly notes?: HeldNotes }>(
    listings,
    async (listing) => {
      if (listing.kind === 'bad') return { entry: fault(listing.itemId, listing.path, listing.error) };
      onFound?.(listing.found, format);
      run.notes.add('info', `Listings read as ${listing.found.mapping.name} (${format})`, basename(path));
      // Whichever is looked at first: what is told is told in the order of the listings.
      const notes = new HeldNotes(run.notes);
      return { entry: await toEntry(listing, folders, downloadable, notes), notes };
    },
    { concurrency: LISTINGS_AT_ONCE },
  );
  let isEmpty = true;
  for await (const { entry, notes } of entries) {
    isEmpty = false;
    notes?.release();
    yield entry;
  }
  // XML is a feed by its items, and without any it may be whatever there is.
  if (isEmpty && format === 'feed') onLeftOut({ path, kind: 'file', reason: 'not_a_batch' });
  if (encoding() !== 'utf-8') run.notes.add('info', `Files read as ${encoding()}`, basename(path));
}

async function toEntry(
  { listing, places }: GoodListing,
  folders: ListingImageFolders,
  downloadable: DownloadableImages,
  notes: HeldNotes,
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
