import {
  ItemError,
  itemFailure,
  type ImageFile,
  type ItemFailure,
  type Logger,
  type SourceEntry,
  type SourceItem,
} from '@fashionmatch/domain';

import type { ImageDownloader } from './image-downloader.js';
import type { ImageFolder } from './image-folder.js';

/** Addresses of one listing that are tried, in their order. */
const MAX_TRIED = 3;

export interface DownloadableImagesOptions {
  readonly folder: ImageFolder;
  /** Without one, only what was downloaded before is found. */
  readonly downloader: ImageDownloader | undefined;
  readonly logger: Logger;
}

/** A listing without an image on this machine. */
export interface ImagelessListing {
  readonly failure: ItemFailure;
  readonly imageUrls: readonly string[];
  /** The item, when its image is here. */
  readonly itemOf: (file: ImageFile) => SourceItem;
  readonly metadata: SourceItem['metadata'];
}

/** What becomes of listings that have addresses of images in place of files. */
export class DownloadableImages {
  readonly #options: DownloadableImagesOptions;

  constructor(options: DownloadableImagesOptions) {
    this.#options = options;
  }

  async entryOf(listing: ImagelessListing): Promise<SourceEntry> {
    const { folder, downloader } = this.#options;
    const { failure, metadata, itemOf } = listing;
    const urls = listing.imageUrls.filter((url) => /^https?:/i.test(url)).slice(0, MAX_TRIED);
    for (const url of urls) {
      const file = await folder.find(url);
      if (file) return itemOf(file);
    }
    if (urls.length === 0) return { kind: 'fault', failure };
    if (downloader) {
      const fetch = (signal?: AbortSignal): Promise<SourceEntry> => this.#fetch(listing, urls, downloader, signal);
      return { kind: 'fault', failure, remote: { metadata, fetch } };
    }
    const reason = `${failure.reason}; --download-images would fetch it from the address that it has`;
    return { kind: 'fault', failure: { ...failure, reason } };
  }

  async #fetch(
    { failure, itemOf }: ImagelessListing,
    urls: readonly string[],
    downloader: ImageDownloader,
    signal: AbortSignal | undefined,
  ): Promise<SourceEntry> {
    const { folder, logger } = this.#options;
    let first: ItemError | undefined;
    for (const url of urls) {
      try {
        return itemOf(await downloader.download(url, folder, signal));
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        logger.debug('An image was not downloaded', { item_id: failure.itemId, reason: error.message });
        first ??= error;
      }
    }
    return { kind: 'fault', failure: first ? itemFailure(first, failure) : failure };
  }
}
