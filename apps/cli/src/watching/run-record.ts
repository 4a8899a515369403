import {
  FAILURES_KEPT,
  sumStats,
  type FashionMatchError,
  type ItemFailure,
  type ItemSourceName,
  type PipelineStats,
  type ProgressEvent,
  type ProgressReporter,
} from '@fashionmatch/domain';

import { resultDocument, type RunReport, type RunStatus } from '../documents/result-document.js';

/** What one run of many does, as it happens. */
export class RunRecord implements ProgressReporter {
  readonly startedAt = new Date();
  readonly results: Partial<Record<ItemSourceName, PipelineStats>> = {};
  readonly failures: ItemFailure[] = [];
  #failures = 0;
  /** What kept it from the whole of its work. */
  error: FashionMatchError | undefined;
  /** Whether a stop came before its end. */
  isInterrupted = false;

  report(event: ProgressEvent): void {
    if (event.type === 'source-finished') this.results[event.source] = event.stats;
    if (event.type !== 'item-failed') return;
    this.#failures++;
    if (this.failures.length < FAILURES_KEPT) this.failures.push(event.failure);
  }

  /** Whether it stored, refused or removed anything, or could not go on. */
  get didAnything(): boolean {
    const all = Object.values<PipelineStats>(this.results);
    const { processedItems, failedItems } = sumStats(all);
    const removed = all.some(({ removedIds }) => removedIds !== undefined && removedIds.length > 0);
    return processedItems + failedItems > 0 || removed || this.error !== undefined;
  }

  /** Whether it came to the end of its work, with or without failures of items. */
  get isWhole(): boolean {
    return this.status.startsWith('completed');
  }

  get status(): RunStatus {
    if (this.isInterrupted) return 'interrupted';
    if (this.error) return 'failed';
    return this.#failures > 0 ? 'completed_with_failures' : 'completed';
  }

  get asReport(): RunReport {
    const { status, results, failures, error } = this;
    return { status, results, failures, models: undefined, error };
  }

  /** @param reportPath of the page about it, where one was written. */
  document(reportPath?: string): object {
    const report = reportPath === undefined ? {} : { report: reportPath };
    return { ...resultDocument(this.asReport), started_at: this.startedAt.toISOString(), ...report };
  }

  /** One line. */
  line(): string {
    const all = Object.values<PipelineStats>(this.results);
    const { processedItems, failedItems, durationSeconds } = sumStats(all);
    const removed = all.flatMap(({ removedIds }) => removedIds ?? []).length;
    const counts = [`${String(processedItems)} processed`, `${String(failedItems)} failed`];
    if (removed > 0) counts.push(`${String(removed)} removed`);
    return `${this.isInterrupted ? 'Interrupted: ' : ''}${counts.join(', ')} in ${durationSeconds.toFixed(2)}s`;
  }
}
