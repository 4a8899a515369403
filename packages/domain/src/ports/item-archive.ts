import type { EmbeddingSpace, PerSpace } from '../embedding.js';
import type { EncoderFingerprint } from '../encoder-fingerprint.js';
import type { EmbeddedItem, StoredItem } from '../fashion-item.js';

/** Undefined where an archive of another program has none. */
export type ArchiveVectors = PerSpace<Float32Array | undefined>;

/** How long the vectors of each space have to be. */
export type ArchiveDimensions = PerSpace<{ readonly dimensions: number }>;

/** An item as an archive has it: with one vector at least. Its content hash may be `''` where another program wrote it. */
export interface ArchivedItem extends StoredItem {
  readonly embeddings: ArchiveVectors;
}

/** One row of an archive; rows are counted from 1. */
export type ArchiveEntry =
  | { readonly kind: 'item'; readonly row: number; readonly item: ArchivedItem }
  /** It cannot be an item. `itemId` is `''` where even that cannot be read. */
  | { readonly kind: 'fault'; readonly row: number; readonly itemId: string; readonly reason: string };

export interface ArchiveWriteOptions {
  /** The encoders that made the vectors. */
  readonly encoders: PerSpace<EncoderFingerprint>;
  /** Whether an archive that is there already is replaced; an error unless given. */
  readonly overwrite?: boolean | undefined;
}

/** An archive that is open for reading. */
export interface OpenedItemArchive extends AsyncDisposable {
  /** What the archive is called in messages. */
  readonly name: string;
  /** The encoders that made the vectors, as the archive says; undefined where it says nothing. */
  readonly encoders: PerSpace<EncoderFingerprint> | undefined;
  /** Of which it has vectors: one at least. */
  readonly spaces: readonly EmbeddingSpace[];
  /** How many rows it has. */
  readonly size: number;

  /**
   * Every row once, in order, from the first one at each call. Vectors have these dimensions, finite values and length
   * 1; a row for which that is not so, or whose fields are no item's, is a `fault`. A vector whose length is 1 within
   * 1e-3, as half precision leaves it, is made one of length 1.
   *
   * @throws FashionMatchError `SOURCE_UNREADABLE` when the archive is damaged beyond single rows.
   */
  entries(dimensions: ArchiveDimensions): AsyncIterable<ArchiveEntry>;
}

/** What can be imported. */
export interface ReadableArchive {
  /** The folder that it is in, or is: where relative paths of its images begin. */
  readonly folder: string;

  /** The paths of all files that it is made of, or of their folder. */
  readonly files: readonly string[];

  /** @throws FashionMatchError `SOURCE_UNREADABLE` when it is not there, or not an archive of a known version. */
  open(): Promise<OpenedItemArchive>;
}

/**
 * Items with their vectors in files, to be kept or handed on.
 *
 * Guarantees: vectors come back to the last bit, items in the order in which they were written; an archive is
 * whole or not there, at whatever moment its writer is cut short; memory does not grow with the archive.
 * What is read is trusted in nothing but what no check can tell: that a vector was made of its image.
 */
export interface ItemArchive extends ReadableArchive {
  /** Those of its files that are there. */
  existing(): Promise<string[]>;

  /**
   * Writes the items, a page of at most some thousand at a time, as they come.
   *
   * @throws FashionMatchError `USAGE_INVALID` when the archive is there and may not be replaced, or its place
   *   cannot be written to; `STORE_FAILED` when the disk is full, or a vector is not as its encoder's are.
   *   What `pages` throws is thrown on. In all of these cases what was there before is untouched.
   */
  write(pages: AsyncIterable<readonly EmbeddedItem[]>, options: ArchiveWriteOptions): Promise<void>;
}
