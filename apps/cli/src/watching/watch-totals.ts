import { sumStats, type FashionMatchError, type ItemSourceName, type PipelineStats } from '@fashionmatch/domain';

import { resultDocument } from '../documents/result-document.js';

/** More failed ids than this are counted, not kept: a watch may go on for months. */
const IDS_KEPT = 1_000;

/** What the runs of a watch came to, all together. */
export class WatchTotals {
  readonly results: Partial<Record<ItemSourceName, PipelineStats>> = {};
  #runs = 0;
  #removed: number | undefined;

  add(results: Readonly<Partial<Record<ItemSourceName, PipelineStats>>>): void {
    this.#runs++;
    for (const stats of Object.values(results)) {
      const before = this.results[stats.source];
      if (stats.removedIds) this.#removed = (this.#removed ?? 0) + stats.removedIds.length;
      const all = before === undefined ? [stats] : [before, stats];
      const failedIds = all.flatMap((one) => one.failedIds).slice(0, IDS_KEPT);
      // What a run skips has been counted by the run that stored it.
      const skippedItems = before?.skippedItems ?? stats.skippedItems;
      const { processedItems, failedItems, durationSeconds } = sumStats(all);
      // What one run left, the next one took up; and each looks at everything that is there.
      const { remainingItems, leftOut } = stats;
      const totalItems = processedItems + skippedItems + failedItems + (remainingItems ?? 0);
      const fromJournal = {
        items: stats.fromJournal.items + (before?.fromJournal.items ?? 0),
        imported: stats.fromJournal.imported + (before?.fromJournal.imported ?? 0),
      };
      const counts = { totalItems, processedItems, skippedItems, failedItems, remainingItems, fromJournal, leftOut };
      this.results[stats.source] = { source: stats.source, failedIds, ...counts, durationSeconds };
    }
  }

  /** The last line that `watch --json` prints. @param error What ended the watch, when no signal did. */
  document(error?: FashionMatchError): object {
    const status = error === undefined ? 'interrupted' : 'failed';
    const report = { status, results: this.results, failures: [], models: undefined, error } as const;
    const removed = this.#removed;
    return { ...resultDocument(report), runs: this.#runs, ...(removed !== undefined && { removed_items: removed }) };
  }
}
