import type { ItemSourceName, ProgressEvent, ProgressReporter } from '@fashionmatch/domain';
import { STAGES, storeBytes, type AppConfig, type EmbeddingPipeline } from '@fashionmatch/pipeline';
import { Counter, Gauge } from 'prom-client';

import type { RunStatus } from '../documents/result-document.js';
import type { Monitor } from './monitor.js';
import { StageMetrics } from './stage-metrics.js';
import { StoreMetrics } from './store-metrics.js';

/** What runs of the pipeline do, one after the other, as whoever watches over them sees it. */
export class RunMetrics implements ProgressReporter {
  readonly #monitor: Monitor;
  readonly #stages: StageMetrics;
  readonly #store: StoreMetrics;
  readonly #items: Counter<'source' | 'outcome' | 'code'>;
  readonly #left: Gauge;
  readonly #inProgress: Gauge;
  readonly #runs: Counter<'status'>;
  readonly #seconds: Gauge;
  readonly #lastSuccess: Gauge;
  readonly #queueJobs: Gauge<'state'>;
  readonly #queueWorkers: Gauge;
  #startedAt = 0;
  #hasFailed = false;

  /** @param lastSuccess when an earlier process came to the end of a run, where that is known. */
  constructor(monitor: Monitor, lastSuccess?: Date) {
    this.#monitor = monitor;
    const registers = [monitor.registry];
    this.#stages = new StageMetrics(monitor.registry);
    this.#store = new StoreMetrics(monitor.registry);
    this.#items = new Counter({
      name: 'fashionmatch_items_total',
      help: 'Items by what became of them; a failed one has the code of its failure.',
      labelNames: ['source', 'outcome', 'code'],
      registers,
    });
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    this.#left = gauge('fashionmatch_run_items_left', 'Items that a run has still to look at.');
    this.#inProgress = gauge('fashionmatch_run_in_progress', 'Whether a run is going on: 1, or 0.');
    this.#runs = new Counter({
      name: 'fashionmatch_runs_total',
      help: 'Runs by how they ended: completed, completed_with_failures, interrupted or failed.',
      labelNames: ['status'],
      registers,
    });
    this.#seconds = gauge('fashionmatch_last_run_duration_seconds', 'How long the last run took.');
    this.#lastSuccess = gauge(
      'fashionmatch_last_success_timestamp_seconds',
      'When a run last came to its end, in seconds since 1970; 0 where none is known of.',
    );
    this.#queueJobs = new Gauge({
      name: 'fashionmatch_queue_jobs',
      help: 'Jobs of the queue, waiting or active, while others encode.',
      labelNames: ['state'],
      registers,
    });
    this.#queueWorkers = gauge('fashionmatch_queue_workers', 'Workers that are there, while others encode.');
    if (lastSuccess) this.#lastSuccess.set(lastSuccess.getTime() / 1_000);
  }

  /** Nothing is to be done before a later time. */
  waiting(): void {
    if (!this.#hasFailed) this.#monitor.ready();
  }

  started(): void {
    this.#startedAt = performance.now();
    this.#inProgress.set(1);
  }

  /** The pipeline that does the work is open. */
  follow(pipeline: EmbeddingPipeline, config: AppConfig): void {
    this.#stages.follow(() => {
      const { stages } = pipeline.profile;
      return STAGES.map((stage) => ({ stage, ...stages[stage] }));
    });
    this.#store.follow({ items: () => pipeline.vectorStore.count(), bytes: () => storeBytes(config) });
    this.#monitor.ready();
  }

  /** The pipeline is about to be closed: what it did is counted, and the store seen for the last time. */
  async unfollow(): Promise<void> {
    await this.#store.look();
    this.#stages.follow(() => []);
    this.#store.follow({});
  }

  /** @param reason why it has failed. */
  finished(status: RunStatus, reason?: string): void {
    this.#hasFailed = reason !== undefined;
    if (reason === undefined) this.#monitor.ready();
    else this.#monitor.notReady(reason);
    this.#inProgress.set(0);
    this.#left.set(0);
    this.#runs.inc({ status });
    this.#seconds.set((performance.now() - this.#startedAt) / 1_000);
    if (status.startsWith('completed')) this.#lastSuccess.setToCurrentTime();
    this.#queueJobs.reset();
    this.#queueWorkers.set(0);
  }

  report(event: ProgressEvent): void {
    if (event.type === 'planned') this.#left.set(event.total);
    if (event.type === 'advanced') {
      this.#left.dec(event.items);
      if (event.outcome !== 'failed') this.#count(event.source, event.outcome, event.items);
    }
    if (event.type === 'item-failed') this.#count(event.source, 'failed', 1, event.failure.code);
    if (event.type === 'source-finished') this.#count(event.source, 'removed', event.stats.removedIds?.length ?? 0);
    if (event.type !== 'queue-counted') return;
    const { waiting, active, workers } = event.counts;
    this.#queueJobs.set({ state: 'waiting' }, waiting);
    this.#queueJobs.set({ state: 'active' }, active);
    this.#queueWorkers.set(workers);
  }

  #count(source: ItemSourceName, outcome: string, items: number, code = ''): void {
    if (items > 0) this.#items.inc({ source, outcome, code }, items);
  }
}
