import type { ItemSourceName } from './fashion-item.js';
import { knowAcrossCopies } from './known-across-copies.js';

/** What stops a run. Each code is stable, and maps to one exit code of the command line. */
export const FATAL_CODES = [
  'USAGE_INVALID',
  'CONFIG_INVALID',
  'SOURCE_UNREADABLE',
  'TOO_MANY_FAILURES',
  'STORE_UNREACHABLE',
  'QUEUE_UNREACHABLE',
  'STORE_LOCKED',
  'STORE_FAILED',
  'PERMISSION_DENIED',
  'ENCODER_MISMATCH',
  'MODEL_MISSING',
  'MODEL_INVALID',
  'DEVICE_UNAVAILABLE',
  'ENCODER_FAILED',
  'UNEXPECTED',
] as const;

export type FatalCode = (typeof FATAL_CODES)[number];

/** What is wrong with one item. The run records it and goes on. */
export const ITEM_CODES = [
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'IMAGE_MISSING',
  'IMAGE_UNREADABLE',
  'PATH_FORBIDDEN',
  'BATCH_INVALID',
  'LISTING_INVALID',
  'ITEM_INVALID',
  'ENCODE_FAILED',
  'STORE_REFUSED',
] as const;

export type ItemCode = (typeof ITEM_CODES)[number];

/** Where in an item's way to the store it failed. */
export type ItemStage = 'discover' | 'decode' | 'encode' | 'store';

/** One item's fault, as reports show it. */
export interface ItemFailure {
  readonly itemId: string;
  readonly source: ItemSourceName;
  readonly stage: ItemStage;
  readonly code: ItemCode;
  /** One sentence, without control characters. */
  readonly reason: string;
  /** What was found in place of what should be: the end of `reason`, in which failures of one kind differ. */
  readonly value?: string | undefined;
  /** The file at fault; `''` where there is none. */
  readonly path: string;
}

/**
 * Stops the run. The message is one clear sentence that says what is wrong and what to do next;
 * it is shown to users as it is.
 */
export class FashionMatchError extends Error {
  static {
    knowAcrossCopies(this, 'FashionMatchError');
  }

  readonly code: FatalCode;

  constructor(code: FatalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

export interface ItemErrorOptions extends ErrorOptions {
  /** What was found in place of what should be; the message ends with it. */
  readonly value?: string | undefined;
}

/** One item's fault: never stops a run. */
export class ItemError extends Error {
  static {
    knowAcrossCopies(this, 'ItemError');
  }

  readonly code: ItemCode;
  readonly value: string | undefined;

  constructor(code: ItemCode, message: string, { value, ...options }: ItemErrorOptions = {}) {
    super(value === undefined ? message : `${message}: ${value}`, options);
    this.name = 'ItemError';
    this.code = code;
    this.value = value;
  }
}

/** An item's fault, for the record. */
export function itemFailure(
  error: ItemError,
  about: Pick<ItemFailure, 'itemId' | 'source' | 'stage' | 'path'>,
): ItemFailure {
  return { ...about, code: error.code, reason: reasonOf(error), value: error.value };
}

/** Anything that goes wrong between the pipeline and its vector store. */
export class VectorStoreError extends FashionMatchError {
  static {
    knowAcrossCopies(this, 'VectorStoreError');
  }
}

/** The store did not answer in time, or wants to be left alone for now: nothing is known of its state. */
export class StoreBusyError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'StoreBusyError');
  }

  constructor(message: string, options?: ErrorOptions) {
    super('STORE_UNREACHABLE', message, options);
  }
}

/** A filter of more conditions than the store tests at once: whoever asks has to test them itself. */
export class FilterTooLargeError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'FilterTooLargeError');
  }

  /** @param size what it has too much of, as in `12 conditions`. */
  constructor(size: string, limit: number) {
    super('STORE_FAILED', `The filter has ${size}, and the store takes ${String(limit)} at once: shorten it`);
  }
}

/** A vector of the wrong size, of the wrong length, or with values that are no numbers. */
export class EmbeddingDimensionError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'EmbeddingDimensionError');
  }

  constructor(message: string, options?: ErrorOptions) {
    super('STORE_FAILED', message, options);
  }
}

/** An id that the store does not hold. */
export class ItemNotFoundError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'ItemNotFoundError');
  }

  readonly itemIds: readonly string[];

  constructor(itemIds: readonly string[]) {
    super('STORE_FAILED', `Not in the store: ${itemIds.slice(0, 5).join(', ')}`);
    this.itemIds = itemIds;
  }
}

/** A collection that cannot be opened, or belongs to another encoder. */
export class CollectionError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'CollectionError');
  }
}

/** Some items of an upsert were refused; the others are stored. */
export class BatchInsertError extends VectorStoreError {
  static {
    knowAcrossCopies(this, 'BatchInsertError');
  }

  readonly failures: readonly UpsertFailure[];

  constructor(failures: readonly UpsertFailure[]) {
    super('STORE_FAILED', `The store refused ${String(failures.length)} items: ${failures[0]?.reason ?? ''}`);
    this.failures = failures;
  }

  get failedIds(): readonly string[] {
    return this.failures.map((failure) => failure.itemId);
  }
}

/** Why the store refused one item. */
export interface UpsertFailure {
  readonly itemId: string;
  readonly reason: string;
}

/** The message of whatever was thrown, on one line and of bounded length. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\s]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
