import type { UpsertFailure } from '../errors.js';
import type { StoredItem } from '../fashion-item.js';

/** A row of one half, as it is and not as it should be. */
export interface HalfRow {
  readonly itemId: string;
  /** Of any length, 0 where there is none; a value that is no number is NaN. */
  readonly vector: Float32Array;
  /** Undefined when what stands beside the vector cannot be an item's. */
  readonly stored: StoredItem | undefined;
  /**
   * What other programs' full-text filters search: `documentOf` the item when it was written, or what another program
   * wrote; `''` where there is none.
   */
  readonly document: string;
  /**
   * In a form that reads alike here and misleads other programs: an earlier version wrote it, or it has no document.
   */
  readonly outdated: boolean;
}

/** A row as it should be. */
export interface HalfRecord {
  readonly stored: StoredItem;
  /** Of length 1, with the half's dimensions. */
  readonly vector: Float32Array;
}

/**
 * The vectors of one space with their items' metadata: one of the two halves that a {@link VectorStore} keeps in
 * step. It shows, and changes, what stands on one side only, so it is for checking and mending, by whoever has
 * the store alone.
 *
 * All methods but `exists` and `replace` reject with a VectorStoreError when the half is damaged:
 * `STORE_UNREACHABLE` when the server died of it, else `STORE_FAILED`; with a StoreBusyError when the server is
 * too slow, which says nothing of the half. A half that does not exist is empty.
 */
export interface StoreHalf {
  /** As the store calls it, such as `fashion_items_clip`. */
  readonly name: string;

  /** Whether it is another program's, which did not say whose vectors they are. */
  readonly isForeign: boolean;

  /** Reads nothing of the half, so it answers whatever state that is in. */
  exists(): Promise<boolean>;

  /** Every id, once; memory does not grow with the half. Writing meanwhile can hide some. */
  getAllIds(): AsyncIterable<string>;

  /** Which of these ids have a row. */
  filterStored(itemIds: readonly string[]): Promise<Set<string>>;

  /** The rows of these ids, in no particular order; ids without a row are left out. */
  getRows(itemIds: readonly string[]): Promise<HalfRow[]>;

  /** Searches near a vector as a reader would: some damage shows in nothing else. */
  trySearch(vector: Float32Array): Promise<void>;

  /**
   * Writes rows whole, in place of those with the same ids. One row's fault does not touch the others.
   *
   * @throws EmbeddingDimensionError when a vector has the wrong dimensions or length; nothing is written then.
   */
  put(records: readonly HalfRecord[]): Promise<UpsertFailure[]>;

  /**
   * Writes items beside their vectors, in today's form. What else stands there stays: a document, which another program
   * may have written, and keys that are no item's. Those without a row are ignored, and one's fault does not touch the
   * others.
   */
  refresh(items: readonly StoredItem[]): Promise<UpsertFailure[]>;

  /** Those of these items that `put` and `refresh` would refuse for what they are; nothing is written. */
  refusals(items: readonly StoredItem[]): UpsertFailure[];

  /**
   * Takes a foreign half over: the same rows, in a half that says whose vectors they are and is made as this program
   * makes them. Where that was cut short, calling it again ends it. Does nothing to a half that is not foreign.
   */
  adopt(): Promise<void>;

  /** Ids without a row are ignored. */
  delete(itemIds: readonly string[]): Promise<void>;

  /** Puts a new, empty half in the place of this one, which need not be readable, nor be there. */
  replace(): Promise<void>;
}
