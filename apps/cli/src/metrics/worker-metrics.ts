import type { EncodingWorker } from '@fashionmatch/pipeline';
import { Counter } from 'prom-client';

import type { Monitor } from './monitor.js';
import { StageMetrics } from './stage-metrics.js';

/** Shows what a worker that is ready does. */
export function watchWorker(monitor: Monitor, worker: Pick<EncodingWorker, 'counts' | 'stages'>): void {
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
  monitor.ready();
}
