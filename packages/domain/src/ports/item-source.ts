import type { ItemFailure } from '../errors.js';
import type { FashionItem, ItemSourceName } from '../fashion-item.js';
import type { OnLeftOut } from '../left-out.js';

/** An image file as it was when it was listed. */
export interface ImageFile {
  /** Absolute, with symbolic links resolved. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, whole ones: a store may change the last bit of a fraction. */
  readonly mtimeMs: number;
}

/** An entry with an image behind it. */
export interface SourceItem {
  readonly kind: 'item';
  readonly source: ItemSourceName;
  /** The entry's own id, or the one proposed for a file that is seen for the first time. */
  readonly itemId: string;
  /**
   * How the entry is known again in a later run: a listing by its id, a reference image by its path,
   * whatever its proposed id has become since (editing a file keeps the id it was stored with).
   */
  readonly recognisedBy: 'id' | 'path';
  readonly metadata: Omit<FashionItem, 'itemId'>;
  readonly file: ImageFile;
  /** For when this image cannot be read or decoded; absent where an item has one image. */
  readonly next?: NextImage | undefined;
}

/**
 * The same item with the image that comes after; undefined when there is none that could be had.
 *
 * @throws FashionMatchError when no image can be kept; what `signal` was aborted with.
 */
export type NextImage = (signal?: AbortSignal) => Promise<SourceItem | undefined>;

/** An image that is not on this machine, and can be had from the network. */
export interface RemoteImage {
  /** Of the item that the entry becomes, but for the path of its image. */
  readonly metadata: SourceItem['metadata'];
  /**
   * Gets the image, for this and later listings. Resolves to the item, or to a fault that says why it has none.
   *
   * @throws FashionMatchError when no image can be kept; what `signal` was aborted with.
   */
  fetch(signal?: AbortSignal): Promise<SourceEntry>;
}

/**
 * An entry that cannot become an item. Only one that lacks nothing but its image (`IMAGE_MISSING`), and whose id is
 * stored already, is as good as skipped.
 */
export interface SourceFault {
  readonly kind: 'fault';
  readonly failure: ItemFailure;
  /** With it the entry can become an item after all. */
  readonly remote?: RemoteImage | undefined;
}

export type SourceEntry = SourceItem | SourceFault;

/**
 * Lists images with their metadata.
 *
 * Guarantees: listing is cheap (no image is opened) and lazy; one bad entry is a `fault` in the
 * listing, never an end of it; of entries with the same id the newest comes first; nothing is passed over in silence.
 */
export interface ItemSource {
  readonly name: ItemSourceName;

  /**
   * @param onLeftOut Told, in the course of the listing, of everything that is found and passed over.
   * @throws FashionMatchError `SOURCE_UNREADABLE` when there is nothing to list from.
   */
  list(onLeftOut?: OnLeftOut): AsyncIterable<SourceEntry>;

  /**
   * The bytes of the entry's image, read now.
   *
   * @throws ItemError `IMAGE_MISSING`, `IMAGE_UNREADABLE`, `IMAGE_TOO_LARGE`, `IMAGE_INVALID` (an empty file)
   *   or `PATH_FORBIDDEN`.
   */
  read(item: SourceItem): Promise<Uint8Array>;

  /** Whether a file that an earlier run stored is still at its path: tells a copied file from a moved one. */
  exists(filePath: string): Promise<boolean>;
}
