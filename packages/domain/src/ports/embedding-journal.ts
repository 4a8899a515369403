import type { PerSpace } from '../embedding.js';
import type { EmbeddedItem, StoredItem } from '../fashion-item.js';

/** Whether a vector was made here of its image, or came with an archive whose word has to be taken for it. */
export type VectorOrigin = 'encoded' | 'imported';

/** How much a journal remembers. */
export interface JournalSize {
  readonly items: number;
  /** One for each encoder and content, whether or not an item still has that content. */
  readonly vectors: number;
  /** Where it is kept. Space that was freed may still be counted until it is used again. */
  readonly bytes: number;
}

/**
 * Remembers every vector by the encoder that made it and the content of its image, and every item by its
 * id, in case the store loses them: what was encoded once is never encoded again.
 *
 * Guarantees: what a method resolved for survives the death of the process and of the machine. The items
 * or vectors of a call are remembered all or none: a journal whose writer was cut short opens with what it had
 * before. What cannot be read any more, because the
 * medium has changed it, is as if it had never been remembered, and told to the log. Methods may be called
 * concurrently. One process writes at a time; others may read meanwhile.
 */
export interface EmbeddingJournal {
  /**
   * Remembers the items' vectors only: before a store has the items, so that no vector is ever lost. One that is
   * remembered already, as near as a store gives vectors back, stays as it is, and so does its origin.
   *
   * @param encoderIds the encoders that made the vectors.
   * @param origin `encoded` when not given.
   * @throws VectorStoreError `STORE_FAILED` when it could not be written, such as on a full disk, or when a content
   *   hash is no SHA-256.
   * @throws EmbeddingDimensionError when a vector has a value that is no finite number, or a length other
   *   than 1. In all of these cases nothing of the call is remembered.
   */
  appendVectors(items: readonly EmbeddedItem[], encoderIds: PerSpace<string>, origin?: VectorOrigin): Promise<void>;

  /**
   * Remembers items without vectors, in place of what was remembered of the same ids: what a store has now, new
   * metadata, a file that moved, a further item of a known content. Vectors stay, for they belong to contents.
   *
   * @throws VectorStoreError `STORE_FAILED` when it could not be written, or when a field has no value that can be
   *   kept. Nothing of the call is remembered then.
   */
  updateItems(items: readonly StoredItem[]): Promise<void>;

  /** The vectors that an encoder made of these contents, by content hash; those not remembered are left out. */
  getVectors(encoderId: string, contentHashes: readonly string[]): Promise<Map<string, Float32Array>>;

  /** Those of these contents whose vectors of an encoder were imported. */
  getImported(encoderId: string, contentHashes: readonly string[]): Promise<Set<string>>;

  /**
   * Every item once, in no particular order; memory does not grow with the journal. Items that are
   * remembered or removed meanwhile may or may not be among them.
   */
  getItems(): AsyncIterable<StoredItem>;

  /** The items of these ids, in no particular order; those not remembered are left out. */
  getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]>;

  /** Forgets items; ids that are not remembered are ignored. Their vectors stay until {@link compact}. */
  remove(itemIds: readonly string[]): Promise<void>;

  /**
   * Forgets the vectors of contents that no item has, and says how many. When it is cut short, it has
   * forgotten some of them.
   */
  compact(): Promise<number>;

  size(): Promise<JournalSize>;

  /** As that of a store: another one after every change of the items, in whichever process. */
  revision(): Promise<string>;
}
