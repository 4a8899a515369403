import type { BatchSurvey, ItemSource, Logger, OnLeftOut } from '@fashionmatch/domain';
import { contentKind } from '@fashionmatch/encoders';
import {
  downloadImage,
  ImageDownloader,
  readRegularFile,
  realPathWithin,
  referenceFolder,
  scrapedBatches,
  storedImages,
  type ImageDownloaderOptions,
  type StoredImages,
} from '@fashionmatch/storage';

import type { AppConfig } from '../config/app-config.js';
import type { SourceFactory } from '../dependencies.js';

export { passedOverIn } from '@fashionmatch/storage';

/** What fetches images that only have an address; undefined where the configuration does not allow that. */
export function imageDownloader(config: AppConfig): ImageDownloader | undefined {
  return config.sources.downloadImages ? new ImageDownloader(downloadOptions(config)) : undefined;
}

/** The image behind an address that the user named. @throws ItemError `IMAGE_MISSING` */
export function downloadedImage(config: AppConfig, address: string): Promise<Uint8Array> {
  return downloadImage(address, downloadOptions(config));
}

function downloadOptions({ limits, sources }: AppConfig): ImageDownloaderOptions {
  const allowsAddress = sources.allowPrivateAddresses ? () => true : undefined;
  return { maxBytes: limits.maxFileBytes, contentKind, allowsAddress };
}

interface AdapterSources extends SourceFactory {
  readonly survey: (directory: string, onLeftOut: OnLeftOut) => Promise<readonly BatchSurvey[]>;
}

export function sourceFactory(
  { limits, sources: names }: AppConfig,
  logger: Logger,
  downloader?: ImageDownloader,
): AdapterSources {
  const { maxFileBytes, allowOutsidePaths } = limits;
  const shared = { maxFileBytes, allowOutsidePaths, names, logger };
  const isImage = (start: Uint8Array): boolean => contentKind(start).image !== undefined;
  const scraped = (directory: string): ReturnType<typeof scrapedBatches> =>
    scrapedBatches({ directory, workingDirectory: process.cwd(), mappings: names.listings, downloader, ...shared });
  return {
    references: (directory): ItemSource => referenceFolder({ directory, isImage, ...shared }),
    scraped,
    survey: (directory, onLeftOut) => scraped(directory).survey(onLeftOut),
    readImage: async (path, below) => {
      const within = below === undefined ? undefined : [await realPathWithin(below, undefined)];
      return readRegularFile(path, { within, maxBytes: maxFileBytes });
    },
  };
}

/** The images of a store that another program wrote. @param roots where to look besides the folders of the configuration. */
export function imagesOfStore({ limits, scraper }: AppConfig, roots: readonly string[]): Promise<StoredImages> {
  const { maxFileBytes, allowOutsidePaths } = limits;
  const directories = [scraper.referencesDir, scraper.outputDir];
  return storedImages({ directories, workingDirectory: process.cwd(), roots, allowOutsidePaths, maxFileBytes });
}
