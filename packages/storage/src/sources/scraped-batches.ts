import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, parse, relative, resolve, sep } from 'node:path';

import {
  ItemError,
  itemFailure,
  vintedItemToFashionItem,
  type ItemSource,
  type LeftOut,
  type Logger,
  type OnLeftOut,
  type SourceEntry,
  type VintedItem,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { findListingImage, type ListingImageFolders } from './listing-image.js';
import { fileExists, liesWithin, readRegularFile, toFileError, type AllowedFolders } from '../files/safe-open.js';
import {
  batchName,
  isNamedAsBatch,
  listBatches,
  MAX_BATCH_FILE_BYTES,
  openBatch,
  type OpenedBatch,
  type RejectedListing,
} from './scraped-batch-folder.js';
import { NoListingsError } from './scraped-batch-file.js';
import { passedOver, type NameRules } from './name-rules.js';

export interface ScrapedBatchesOptions {
  /** Holds folders `batch_*` and files `*.json`. */
  readonly directory: string;
  /**
   * The last place where relative image paths are looked for. Batches and images may lie in it, unless it is the
   * root of a file system, the home directory or a folder above that: those hold everything.
   */
  readonly workingDirectory: string;
  /** A larger image is `IMAGE_TOO_LARGE`. */
  readonly maxFileBytes: number;
  /** A larger batch file is `BATCH_INVALID`. */
  readonly maxBatchFileBytes?: number | undefined;
  /** Lets batches and images lie anywhere on this machine, not only in the two folders. */
  readonly allowOutsidePaths?: boolean | undefined;
  /** What is passed over by name; only hidden names when not given. A listing's image is, when a pattern excludes it. */
  readonly names?: NameRules | undefined;
  readonly logger: Logger;
}

/** Enough to keep libuv's threads busy with looking for images. */
const LISTINGS_AT_ONCE = 16;

/** Lists what marketplaces offer, batch by batch, the newest first; a listing that cannot be used is a fault. */
export function scrapedBatches(options: ScrapedBatchesOptions): ItemSource {
  const { directory, workingDirectory, maxFileBytes, allowOutsidePaths = false, names = {}, logger } = options;
  const isExcluded = passedOver({ exclude: names.exclude, includeHidden: true });
  const maxBytes = options.maxBatchFileBytes ?? MAX_BATCH_FILE_BYTES;

  /** As named and as they really are: a batch may have absolute paths written in either way. */
  async function allowedFolders(): Promise<AllowedFolders> {
    if (allowOutsidePaths) return undefined;
    const working = resolve(workingDirectory);
    const named = [resolve(directory), ...((await holdsEverything(working)) ? [] : [working])];
    return [...new Set([...(await Promise.all(named.map(realPathOf))), ...named])];
  }

  async function* listBatch(path: string, within: AllowedFolders, onLeftOut: OnLeftOut): AsyncGenerator<SourceEntry> {
    let batch: OpenedBatch;
    try {
      batch = await openBatch(path, { within, maxBytes });
    } catch (cause) {
      if (cause instanceof NoListingsError && !isNamedAsBatch(path)) {
        onLeftOut({ path, kind: 'file', reason: 'not_a_batch' });
        return;
      }
      yield fault(batchName(path), path, toFileError(cause));
      return;
    }
    logger.debug('Reading a batch', { batch: batch.header.batchId, path });
    const folders = { bases: [batch.folder, resolve(directory), resolve(workingDirectory)], within };
    yield* pMapIterable(
      batch.listings,
      (listing) => (listing.kind === 'good' ? toEntry(listing.listing, folders) : rejected(listing)),
      { concurrency: LISTINGS_AT_ONCE },
    );
  }

  return {
    name: 'scraped',

    async *list(onLeftOut = () => undefined) {
      const within = await allowedFolders();
      /** Folders that are no batches, until one is seen to hold the image of a listing: then it was meant. */
      const idleFolders = new Map<string, LeftOut>();
      const paths = await listBatches(directory, {
        names,
        onLeftOut: (leftOut) => {
          const { path, kind, reason } = leftOut;
          if (kind === 'folder' && reason === 'not_a_batch') idleFolders.set(basename(path), leftOut);
          else onLeftOut(leftOut);
        },
      });
      if (paths.length === 0) logger.warn(`Found no batches in ${directory}: neither folders batch_* nor files *.json`);
      const root = await realPathOf(directory);
      for (const path of paths) {
        for await (const entry of listBatch(path, within, onLeftOut)) {
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
    },

    async read({ file }) {
      return readRegularFile(file.path, { within: await allowedFolders(), maxBytes: maxFileBytes });
    },

    exists: fileExists,
  };
}

const realPathOf = (folder: string): Promise<string> => realpath(folder).catch(() => folder);

/** Whether leave to read a folder would be leave to read all that its user has. */
async function holdsEverything(folder: string): Promise<boolean> {
  const real = await realPathOf(folder);
  return real === parse(real).root || liesWithin(await realPathOf(homeDirectory()), real);
}

function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    // In a container, of a user whom nobody has named.
    return '';
  }
}

async function toEntry(listing: VintedItem, folders: ListingImageFolders): Promise<SourceEntry> {
  const { itemId, ...metadata } = vintedItemToFashionItem(listing);
  const [imagePath] = listing.localImagePaths;
  try {
    if (imagePath === undefined) throw new ItemError('IMAGE_MISSING', 'the listing has no local image path');
    const file = await findListingImage(imagePath, folders);
    return { kind: 'item', source: 'scraped', itemId, recognisedBy: 'id', metadata, file };
  } catch (cause) {
    return fault(itemId, imagePath ?? '', toFileError(cause));
  }
}

function fault(itemId: string, path: string, error: ItemError): SourceEntry {
  return { kind: 'fault', failure: itemFailure(error, { itemId, source: 'scraped', stage: 'discover', path }) };
}

function rejected({ itemId, reason, value, path }: RejectedListing): SourceEntry {
  const failure = {
    itemId,
    source: 'scraped',
    stage: 'discover',
    code: 'LISTING_INVALID',
    reason,
    value,
    path,
  } as const;
  return { kind: 'fault', failure };
}
