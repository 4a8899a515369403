import type { ItemFailure } from './errors.js';
import type { ItemSourceName } from './fashion-item.js';

/**
 * What a run did with one source. For a run that completed,
 * `totalItems = processedItems + skippedItems + failedItems`.
 */
export interface PipelineStats {
  readonly source: ItemSourceName;
  /** Entries of the listing, an id listed twice included; of a run that was stopped, those dealt with. */
  readonly totalItems: number;
  /** Stored in this run: encoded, or given the vectors of the same image, or new metadata. */
  readonly processedItems: number;
  /** Already stored and current, or listed twice. */
  readonly skippedItems: number;
  readonly failedItems: number;
  readonly failedIds: readonly string[];
  readonly durationSeconds: number;
}

/** Counts one source's run, and remembers why items failed. */
export class PipelineStatsRecorder {
  #processed = 0;
  #skipped = 0;
  readonly failures: ItemFailure[] = [];

  readonly source: ItemSourceName;
  readonly #now: () => number;
  readonly #startedAt: number;

  /** @param now A monotonic clock in milliseconds. */
  constructor(source: ItemSourceName, now: () => number = () => performance.now()) {
    this.source = source;
    this.#now = now;
    this.#startedAt = now();
  }

  processed(count = 1): void {
    this.#processed += count;
  }

  skipped(count = 1): void {
    this.#skipped += count;
  }

  failed(failure: ItemFailure): void {
    this.failures.push(failure);
  }

  snapshot(): PipelineStats {
    return {
      source: this.source,
      totalItems: this.#processed + this.#skipped + this.failures.length,
      processedItems: this.#processed,
      skippedItems: this.#skipped,
      failedItems: this.failures.length,
      failedIds: this.failures.map((failure) => failure.itemId),
      durationSeconds: (this.#now() - this.#startedAt) / 1000,
    };
  }
}

/** The sums over several sources, for a summary's last lines. */
export interface TotalStats {
  readonly totalItems: number;
  readonly processedItems: number;
  readonly skippedItems: number;
  readonly failedItems: number;
  readonly durationSeconds: number;
}

export function sumStats(all: Iterable<PipelineStats>): TotalStats {
  const sum = { totalItems: 0, processedItems: 0, skippedItems: 0, failedItems: 0, durationSeconds: 0 };
  for (const stats of all) {
    sum.totalItems += stats.totalItems;
    sum.processedItems += stats.processedItems;
    sum.skippedItems += stats.skippedItems;
    sum.failedItems += stats.failedItems;
    sum.durationSeconds += stats.durationSeconds;
  }
  return sum;
}
