import {
  sumStats,
  type FashionMatchError,
  type ItemFailure,
  type ItemSourceName,
  type PerSpace,
  type PipelineStats,
} from '@fashionmatch/domain';
import type { RunProfile } from '@fashionmatch/pipeline';

import { profileDocument } from '../tables/profile-report.js';

export type RunStatus = 'completed' | 'completed_with_failures' | 'interrupted' | 'failed';

export interface ModelReport {
  readonly id: string;
  readonly sha256: string;
  readonly dimensions: number;
  readonly precision: string;
  readonly device: string;
}

export interface RunReport {
  readonly status: RunStatus;
  readonly results: Readonly<Partial<Record<ItemSourceName, PipelineStats>>>;
  readonly failures: readonly ItemFailure[];
  readonly models: PerSpace<ModelReport> | undefined;
  /** Only when it was asked for. */
  readonly profile?: RunProfile | undefined;
  readonly error: FashionMatchError | undefined;
}

/** Why a run ended before everything was dealt with, such as for a report's `stopped_by`; undefined when it did not. */
export function stoppedBy({
  status,
  results,
}: Pick<RunReport, 'status' | 'results'>): 'signal' | 'limit' | 'error' | undefined {
  if (status === 'interrupted') return 'signal';
  if (status === 'failed') return 'error';
  return sumStats(Object.values(results)).remainingItems === 0 ? undefined : 'limit';
}

/** The one document that `embed --json` prints: the public form of a run, with the original's names. */
export function resultDocument({ status, results, failures, models, profile, error }: RunReport): object {
  const total = sumStats(Object.values(results));
  const stopped = stoppedBy({ status, results });
  const leftOut = total.failedItems - failures.length;
  return {
    schema_version: 1,
    status,
    ...(stopped && { stopped_by: stopped }),
    results: Object.fromEntries(Object.entries(results).map(([source, stats]) => [source, statsDocument(stats)])),
    total: {
      total_items: total.totalItems,
      processed_items: total.processedItems,
      skipped_items: total.skippedItems,
      failed_items: total.failedItems,
      remaining_items: total.remainingItems ?? null,
      duration_seconds: total.durationSeconds,
    },
    failures: failures.map(failureDocument),
    ...(leftOut > 0 && { failures_left_out: leftOut }),
    ...(models && { models }),
    ...(profile && { profile: profileDocument(profile) }),
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

function statsDocument(stats: PipelineStats): object {
  return {
    total_items: stats.totalItems,
    processed_items: stats.processedItems,
    skipped_items: stats.skippedItems,
    failed_items: stats.failedItems,
    failed_ids: stats.failedIds,
    remaining_items: stats.remainingItems ?? null,
    ...(stats.removedIds && { removed_items: stats.removedIds.length, removed_ids: stats.removedIds }),
    from_journal: { items: stats.fromJournal.items, imported: stats.fromJournal.imported },
    left_out: stats.leftOut,
    duration_seconds: stats.durationSeconds,
    source: stats.source,
  };
}

/** One failed item, as in `failures` and in the failures file. */
export function failureDocument({ itemId, source, stage, code, reason, path }: ItemFailure): object {
  return { item_id: itemId, source, stage, code, reason, path };
}
