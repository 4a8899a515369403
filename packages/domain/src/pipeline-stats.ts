import type { ItemFailure } from './errors.js';
import type { ItemSourceName } from './fashion-item.js';
import { LeftOutTally, type LeftOutCount, type OnLeftOut } from './left-out.js';

/** Failures of a source that are kept; more are counted and reported, and memory does not grow with them. */
export const FAILURES_KEPT = 100_000;

/**
 * What a run did with one source: `totalItems = processedItems + skippedItems + failedItems + remainingItems`, and
 * nothing remains of a run that completed.
 */
export interface PipelineStats {
  readonly source: ItemSourceName;
  /** Entries of the listing that were found, an id listed twice included. */
  readonly totalItems: number;
  /** Stored in this run: encoded, or given the vectors of the same image, or new metadata. */
  readonly processedItems: number;
  /** Already stored and current, or listed twice. */
  readonly skippedItems: number;
  readonly failedItems: number;
  /** At most {@link FAILURES_KEPT}. */
  readonly failedIds: readonly string[];
  /**
   * What a run that was stopped (by a signal, a limit or an error) leaves for the next one; undefined when it was
   * stopped before it knew.
   */
  readonly remainingItems: number | undefined;
  /** Stored items that were removed since their source is gone; undefined unless the run was to look for them. */
  readonly removedIds?: readonly string[] | undefined;
  /** Of the processed ones, those whose vectors the journal knew, and those of them that had been imported. */
  readonly fromJournal: { readonly items: number; readonly imported: number };
  /** What the listing passed over; no part of the counts above. */
  readonly leftOut: readonly LeftOutCount[];
  readonly durationSeconds: number;
}

/** Counts one source's run, and remembers why items failed. */
export class PipelineStatsRecorder {
  #processed = 0;
  #skipped = 0;
  #failed = 0;
  #found: number | undefined;
  #removedIds: string[] | undefined;
  readonly #fromJournal = { items: 0, imported: 0 };
  /** At most {@link FAILURES_KEPT}. */
  readonly failures: ItemFailure[] = [];

  /** Takes what the listing passes over. */
  readonly leftOut: OnLeftOut;
  readonly #leftOut = new LeftOutTally();

  readonly source: ItemSourceName;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** @param now A monotonic clock in milliseconds. */
  constructor(source: ItemSourceName, now: () => number = () => performance.now()) {
    this.source = source;
    this.leftOut = this.#leftOut.add;
    this.#now = now;
    this.#startedAt = now();
  }

  /** The listing was counted. */
  found(total: number): void {
    this.#found = total;
  }

  /** Everything was dealt with, though the listing may have changed since it was counted. */
  completed(): void {
    this.#found = this.#dealtWith;
  }

  processed(count = 1): void {
    this.#processed += count;
  }

  skipped(count = 1): void {
    this.#skipped += count;
  }

  failed(failure: ItemFailure): void {
    this.#failed++;
    if (this.failures.length < FAILURES_KEPT) this.failures.push(failure);
  }

  fromJournal({ imported }: { readonly imported: boolean }): void {
    this.#fromJournal.items++;
    if (imported) this.#fromJournal.imported++;
  }

  removed(itemIds: readonly string[]): void {
    (this.#removedIds ??= []).push(...itemIds);
  }

  snapshot(): PipelineStats {
    const dealtWith = this.#dealtWith;
    const totalItems = Math.max(this.#found ?? 0, dealtWith);
    return {
      source: this.source,
      totalItems,
      processedItems: this.#processed,
      skippedItems: this.#skipped,
      failedItems: this.#failed,
      failedIds: this.failures.map((failure) => failure.itemId),
      remainingItems: this.#found === undefined ? undefined : totalItems - dealtWith,
      removedIds: this.#removedIds && [...this.#removedIds],
      fromJournal: { ...this.#fromJournal },
      leftOut: this.#leftOut.counts,
      durationSeconds: (this.#now() - this.#startedAt) / 1000,
    };
  }

  get #dealtWith(): number {
    return this.#processed + this.#skipped + this.#failed;
  }
}

/** The sums over several sources, for a summary's last lines. */
export interface TotalStats {
  readonly totalItems: number;
  readonly processedItems: number;
  readonly skippedItems: number;
  readonly failedItems: number;
  /** Undefined when it is not known of one of the sources. */
  readonly remainingItems: number | undefined;
  readonly durationSeconds: number;
}

export function sumStats(all: Iterable<PipelineStats>): TotalStats {
  const sum = { totalItems: 0, processedItems: 0, skippedItems: 0, failedItems: 0, durationSeconds: 0 };
  let remainingItems: number | undefined = 0;
  for (const stats of all) {
    const left: number | undefined = stats.remainingItems;
    remainingItems = remainingItems === undefined || left === undefined ? undefined : remainingItems + left;
    sum.totalItems += stats.totalItems;
    sum.processedItems += stats.processedItems;
    sum.skippedItems += stats.skippedItems;
    sum.failedItems += stats.failedItems;
    sum.durationSeconds += stats.durationSeconds;
  }
  return { ...sum, remainingItems };
}
