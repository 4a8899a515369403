import { reasonOf } from '@fashionmatch/domain';
import { storeBytes, type AppConfig, type OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import { Histogram } from 'prom-client';

import type { Answer } from '../server/server.js';
import type { Monitor } from './monitor.js';
import { StoreMetrics } from './store-metrics.js';

/** In seconds: a search takes some tens of milliseconds, and the first one loads the models. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface WatchedServer {
  /** Opens the store, and notes whether that went well, and what is in it: to ask later would keep it open. */
  readonly open: () => Promise<OpenedSimilaritySearch>;
  readonly onAnswer: (answer: Answer) => void;
}

/** Shows how a server of searches fares: its store, what is asked of it, and how long the answers take. */
export function watchServer(
  monitor: Monitor,
  open: () => Promise<OpenedSimilaritySearch>,
  config: AppConfig,
): WatchedServer {
  const { registry } = monitor;
  let items: number | undefined;
  new StoreMetrics(registry).follow({ items: () => Promise.resolve(items), bytes: () => storeBytes(config) });
  const requests = new Histogram({
    name: 'fashionmatch_http_request_duration_seconds',
    help: 'Requests by route and status, and how long their answers took.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return {
    open: async () => {
      try {
        const opened = await open();
        items = await opened.store.count();
        monitor.ready();
        return opened;
      } catch (thrown) {
        monitor.notReady(reasonOf(thrown));
        throw thrown;
      }
    },
    // What leads nowhere has no route: nobody can make up names of series.
    onAnswer: ({ method, route = 'none', status, ms }) => {
      requests.observe({ method, route, status: String(status) }, ms / 1_000);
    },
  };
}
