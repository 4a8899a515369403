import {
  ItemError,
  itemFailure,
  type ImageFile,
  type ItemFailure,
  type Logger,
  type NextImage,
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
  readonly itemOf: (file: ImageFile, next: NextImage) => SourceItem;
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
    const { failure, metadata } = listing;
    const urls = listing.imageUrls.filter((url) => /^https?:/i.test(url)).slice(0, MAX_TRIED);
    const item = await this.#itemOf(listing, urls, (url) => folder.find(url));
    if (item) return item;
    if (urls.length === 0) return { kind: 'fault', failure };
    if (downloader) {
      const fetch = (signal?: AbortSignal): Promise<SourceEntry> => this.#fetch(listing, urls, signal);
      return { kind: 'fault', failure, remote: { metadata, fetch } };
    }
    const reason = `${failure.reason}; --download-images would fetch it from the address that it has`;
    return { kind: 'fault', failure: { ...failure, reason } };
  }

  async #fetch(
    listing: ImagelessListing,
    urls: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<SourceEntry> {
    const { failure } = listing;
    let first: ItemError | undefined;
    const item = await this.#download(listing, urls, signal, (error) => {
      first ??= error;
    });
    return item ?? { kind: 'fault', failure: first ? itemFailure(first, failure) : failure };
  }

  #download(
    listing: ImagelessListing,
    urls: readonly string[],
    signal: AbortSignal | undefined,
    onFault: (error: ItemError) => void = () => undefined,
  ): Promise<SourceItem | undefined> {
    const { folder, downloader, logger } = this.#options;
    return this.#itemOf(listing, urls, async (url) => {
      try {
        return await (downloader ? downloader.download(url, folder, signal) : folder.find(url));
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        logger.debug('An image was not downloaded', { item_id: listing.failure.itemId, reason: error.message });
        onFault(error);
        return undefined;
      }
    });
  }

  /** With the image of the first address that one can be had from. */
  async #itemOf(
    listing: ImagelessListing,
    urls: readonly string[],
    imageAt: (url: string) => Promise<ImageFile | undefined>,
  ): Promise<SourceItem | undefined> {
    for (const [i, url] of urls.entries()) {
      const file = await imageAt(url);
      if (file) return listing.itemOf(file, (signal) => this.#download(listing, urls.slice(i + 1), signal));
    }
    return undefined;
  }
}
