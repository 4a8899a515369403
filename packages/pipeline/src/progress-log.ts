import type { Logger } from '@fashionmatch/domain';

/** How often a long transfer says how far it is, in milliseconds. */
const INTERVAL_MS = 10_000;

/**
 * Says how far a transfer is, now and then.
 *
 * @param what such as `Imported`.
 * @returns to be called with the number of items that are dealt with.
 */
export function progressLog(logger: Logger, what: string, total: number): (items: number) => void {
  const startedAt = performance.now();
  let saidAt = startedAt;
  return (items) => {
    const now = performance.now();
    if (now - saidAt < INTERVAL_MS) return;
    saidAt = now;
    const rate = ((items * 1_000) / (now - startedAt)).toFixed(0);
    logger.info(`${what} ${String(items)} of ${String(total)} items (${rate}/s)`, { items, total });
  };
}
