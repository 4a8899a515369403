import { dirname, relative, sep } from 'node:path';

import type {
  BatchSurvey,
  FileMapping,
  ItemSource,
  LeftOut,
  Logger,
  OnLeftOut,
  SourceEntry,
} from '@fashionmatch/domain';

import { fileExists, readRegularFile } from '../files/safe-open.js';
import { batchEntries, type OnFound } from './batch-entries.js';
import type { ImageDownloader } from './image-download/image-downloader.js';
import { listBatches } from './listings/find-batches.js';
import { allowedFolders, listingRun, realPathOf } from './listings/listing-run.js';
import { BatchTally } from './listings/survey-batches.js';
import { passedOver, type NameRules } from './name-rules.js';
import { MAX_BATCH_FILE_BYTES } from './scraped-batch-folder.js';

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

/** Lists what marketplaces offer, batch by batch, the newest first; a listing that cannot be used is a fault. */
export function scrapedBatches(options: ScrapedBatchesOptions): ScrapedBatches {
  const { maxFileBytes } = options;
  const told = new Set<string>();
  return {
    name: 'scraped',

    list: (onLeftOut = () => undefined) => allEntries(options, { told, onLeftOut }),

    async survey(onLeftOut = () => undefined) {
      const tallies: BatchTally[] = [];
      const onPath = (path: string): OnFound => {
        const tally = new BatchTally(path);
        tallies.push(tally);
        return (found, format) => {
          tally.addMapping(found, format);
        };
      };
      for await (const entry of allEntries(options, { told, onLeftOut, onPath })) tallies.at(-1)?.addEntry(entry);
      return tallies.filter(({ isEmpty }) => !isEmpty).map(({ survey }) => survey);
    },

    async read({ file }) {
      return readRegularFile(file.path, { within: await allowedFolders(placesOf(options)), maxBytes: maxFileBytes });
    },

    exists: fileExists,
  };
}

interface Listeners {
  /** What was said of the listings before, and is not said again. */
  readonly told: Set<string>;
  readonly onLeftOut: OnLeftOut;
  /** Called before each batch. */
  readonly onPath?: (path: string) => OnFound;
}

async function* allEntries(
  options: ScrapedBatchesOptions,
  { told, onLeftOut, onPath }: Listeners,
): AsyncGenerator<SourceEntry> {
  const { directory, maxBatchFileBytes = MAX_BATCH_FILE_BYTES, mappings = [], names = {}, logger } = options;
  const isExcluded = passedOver({ exclude: names.exclude, includeHidden: true });
  const run = await listingRun({ ...placesOf(options), maxBatchFileBytes, mappings });
  /** Folders that are no batches, until one is seen to hold the image of a listing: then it was meant. */
  const idleFolders = new Map<string, LeftOut>();
  const paths = await listBatches(directory, {
    ...run,
    names,
    onLeftOut: (leftOut) => {
      const { path, kind, reason } = leftOut;
      if (kind === 'folder' && reason === 'not_a_batch') idleFolders.set(relative(directory, path), leftOut);
      else onLeftOut(leftOut);
    },
  });
  if (paths.length === 0)
    logger.warn(`Found no batches in ${directory}: neither folders of batches nor files of listings`);
  const root = await realPathOf(directory);
  for (const path of paths) {
    for await (const entry of batchEntries(path, run, { ...options, onLeftOut, onFound: onPath?.(path) })) {
      const place = entry.kind === 'item' ? relative(root, entry.file.path) : '';
      for (let folder = dirname(place); idleFolders.size > 0 && folder !== dirname(folder); folder = dirname(folder))
        idleFolders.delete(folder);
      if (entry.kind === 'item' && isExcluded(place.replaceAll(sep, '/')) !== undefined) {
        onLeftOut({ path: entry.file.path, kind: 'file', reason: 'excluded' });
      } else {
        yield entry;
      }
    }
  }
  idleFolders.forEach(onLeftOut);
  run.notes.tell(logger, told);
}

function placesOf({ directory, workingDirectory, allowOutsidePaths = false }: ScrapedBatchesOptions) {
  return { directory, workingDirectory, allowOutsidePaths };
}
