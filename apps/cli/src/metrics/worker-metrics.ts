import { reasonOf } from '@fashionmatch/domain';
import type { EncodingWorker } from '@fashionmatch/pipeline';
import pTimeout from 'p-timeout';
import { Counter } from 'prom-client';

import type { Monitor } from './monitor.js';
import { StageMetrics } from './stage-metrics.js';

type WatchedWorker = Pick<EncodingWorker, 'counts' | 'stages' | 'countWork'>;

/** The queue is waited for so long, in milliseconds: whoever asks whether a worker is ready often waits no longer than a second. */
const PATIENCE_MS = 900;

/** Shows what a worker does, which is ready while its queue answers. */
export function watchWorker(monitor: Monitor, worker: WatchedWorker): void {
  const { registry } = monitor;
  new StageMetrics(registry).follow(() => worker.stages);
  new Counter({
    name: 'fashionmatch_worker_jobs_total',
    help: 'Jobs that a worker has done.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(worker.counts.jobs);
    },
  });
  new Counter({
    name: 'fashionmatch_worker_images_total',
    help: 'Images by what became of them: encoded, or failed with a code.',
    labelNames: ['outcome', 'code'],
    registers: [registry],
    collect() {
      const { images, faultCodes } = worker.counts;
      this.reset();
      this.inc({ outcome: 'encoded', code: '' }, images);
      for (const [code, count] of Object.entries(faultCodes)) this.inc({ outcome: 'failed', code }, count);
    },
  });
  monitor.ready(queueAbsence(worker));
}

/** Asks one question at a time: while the queue is away it waits, and so would all the others. */
function queueAbsence(worker: WatchedWorker): () => Promise<string | undefined> {
  let asking: Promise<string | undefined> | undefined;
  const ask = async (): Promise<string | undefined> => {
    try {
      await worker.countWork();
      return undefined;
    } catch (thrown) {
      return `The queue cannot be used: ${reasonOf(thrown)}`;
    } finally {
      asking = undefined;
    }
  };
  return () =>
    pTimeout((asking ??= ask()), { milliseconds: PATIENCE_MS, fallback: () => 'The queue does not answer.' });
}
