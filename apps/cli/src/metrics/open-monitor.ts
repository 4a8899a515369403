import type { Logger } from '@fashionmatch/domain';

import type { MonitorAddress } from '../declaration/monitor-option.js';
import { version } from '../version.js';
import type { Monitor } from './monitor.js';
import type { RunMetrics } from './run-metrics.js';

interface OpenedMonitor extends AsyncDisposable {
  readonly monitor: Monitor;
}

interface OpenedRunMonitor extends AsyncDisposable {
  readonly metrics: RunMetrics;
}

/**
 * Lets a process be watched over where that was asked for; only then is anything loaded.
 *
 * @param command such as `worker`.
 * @throws FashionMatchError `USAGE_INVALID` when nobody can listen at the address.
 */
export async function openMonitor(
  address: MonitorAddress | undefined,
  command: string,
  logger: Logger,
): Promise<OpenedMonitor | undefined> {
  if (address === undefined) return undefined;
  const { Monitor } = await import('./monitor.js');
  const { serveMonitor } = await import('./monitor-server.js');
  const monitor = new Monitor(command, version());
  const server = await serveMonitor(monitor, address, logger);
  return { monitor, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The same for what runs the pipeline. @param lastSuccess when an earlier process came to the end of a run. */
export async function openRunMonitor(
  address: MonitorAddress | undefined,
  command: string,
  logger: Logger,
  lastSuccess?: Date,
): Promise<OpenedRunMonitor | undefined> {
  const opened = await openMonitor(address, command, logger);
  if (opened === undefined) return undefined;
  const { RunMetrics } = await import('./run-metrics.js');
  return {
    metrics: new RunMetrics(opened.monitor, lastSuccess),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
