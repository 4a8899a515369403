import type { EmbeddingSpace } from '../embedding.js';
import type { UpsertFailure } from '../errors.js';
import type { EmbeddedItem, StoredItem } from '../fashion-item.js';
import type { LooseTest, StoreFilter } from '../search/metadata-filter.js';

/** What an upsert or an update did. Items that were not refused are stored. */
export interface BatchInsertResult {
  readonly successCount: number;
  readonly failures: readonly UpsertFailure[];
  readonly totalTimeSeconds: number;
}

/** What came of items of which all but the failures are stored. @param startedAt as `performance.now()` gives it. */
export function batchInsertResult(
  items: readonly StoredItem[],
  failures: readonly UpsertFailure[],
  startedAt: number,
): BatchInsertResult {
  const totalTimeSeconds = (performance.now() - startedAt) / 1000;
  return { successCount: items.length - failures.length, failures, totalTimeSeconds };
}

/** A neighbour in one space. */
export interface ScoredId {
  readonly itemId: string;
  /** Cosine similarity, in [-1, 1]. */
  readonly score: number;
}

export interface NeighbourQuery {
  readonly space: EmbeddingSpace;
  /** Of length 1, with the space's dimensions. */
  readonly vector: Float32Array;
  readonly topK: number;
  readonly filter?: StoreFilter | undefined;
}

/**
 * Keeps items with both of their vectors.
 *
 * Guarantees: an item is visible only when both of its vectors are stored, except to `candidates` and `scores`, which
 * look into one space alone: of what they name, `getByIds` tells what is stored. What `upsert` or `updateMetadata`
 * returned for survives the death of the process. Methods may be called concurrently; two upserts of the same id end
 * as one of the two, never as a mixture.
 */
export interface VectorStore {
  /**
   * Stores items, replacing those with the same id. One item's fault does not touch the others: an id, a price or a
   * text that cannot be stored is the item's refusal. Of a description that is too long, the beginning is stored.
   *
   * @throws EmbeddingDimensionError when a vector has the wrong dimensions, a value that is no finite
   *   number, or a length other than 1; ids that occur twice in one call are refused the same way.
   *   Nothing is stored then.
   */
  upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult>;

  /**
   * Replaces metadata and provenance and keeps the vectors. One item's fault does not touch the others; that it is not
   * stored is one.
   */
  updateMetadata(items: readonly StoredItem[]): Promise<BatchInsertResult>;

  /** Which of these ids are stored. */
  filterStored(itemIds: readonly string[]): Promise<Set<string>>;

  /** Every stored id, once, in no particular order; memory does not grow with the store. */
  getAllIds(): AsyncIterable<string>;

  /** Every stored item without its vectors, once, in no particular order; memory does not grow with the store. */
  listItems(): AsyncIterable<StoredItem>;

  /** The items that are stored, in the order of `itemIds`; ids that are not stored are left out. */
  getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]>;

  /** The same without their vectors, in no particular order; what `candidates` may name counts too. */
  getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]>;

  /** Removes items; ids that are not stored are ignored. */
  delete(itemIds: readonly string[]): Promise<void>;

  /** @param filter counts only what meets it; then what `candidates` may name counts too. */
  count(filter?: StoreFilter): Promise<number>;

  /**
   * The different values that a field has in what `candidates` may name, in no particular order; undefined when they
   * are more than `limit`, or so many that to know them takes reading much of the store.
   */
  distinctValues(field: LooseTest['field'], limit: number): Promise<string[] | undefined>;

  /**
   * Another one after every change of what is stored, whoever made it, and never an earlier one again; undefined where the
   * store cannot tell. Quick: it is asked before each search that something read earlier would serve.
   */
  revision(): Promise<string | undefined>;

  /** Removes every item. */
  clear(): Promise<void>;

  /**
   * The most neighbours that one call of `candidates` gives: so many may have others behind them. Infinity where there is
   * no such limit, or it is not known yet: it may become known by a call.
   */
  readonly maxCandidates: number;

  /**
   * The nearest items in one space, best first; fewer than `topK` when there are no others, or {@link maxCandidates}. May
   * be approximate when the store is larger than its index's search width, but every score is the true one.
   *
   * @throws EmbeddingDimensionError when the vector is no unit vector of the space.
   * @throws FilterTooLargeError when the store does not take a filter of so many conditions.
   */
  candidates(query: NeighbourQuery): Promise<ScoredId[]>;

  /**
   * What items score in one space: cosine similarities in [-1, 1], computed from their vectors. Ids that were never
   * stored, or were deleted, are left out.
   *
   * @param vector of length 1, with the space's dimensions.
   * @throws EmbeddingDimensionError when it is not.
   */
  scores(itemIds: readonly string[], space: EmbeddingSpace, vector: Float32Array): Promise<Map<string, number>>;
}
