import type { Logger, ProgressEvent, ProgressReporter } from '@fashionmatch/domain';

import { Pace } from './pace.js';

const INTERVAL_MS = 60_000;

/** Notes in the log, about once a minute, how far a long run is. */
export function minuteLog(logger: Logger, now = (): number => performance.now()): ProgressReporter {
  let pace: Pace | undefined;
  let saidAt = 0;
  return {
    report: (event: ProgressEvent): void => {
      if (event.type === 'planned') {
        saidAt = now();
        pace = new Pace(event.total, event.work, saidAt);
      }
      if (event.type !== 'advanced' || pace === undefined) return;
      pace.advance(event.items, event.work, now());
      if (now() - saidAt < INTERVAL_MS) return;
      saidAt = now();
      const { done, total } = pace;
      const rate = pace.rate(saidAt);
      logger.info(`Processed ${String(done)} of ${String(total)} ${event.source} (${rate.toFixed(1)}/s)`, {
        source: event.source,
        done,
        total,
        items_per_second: Number(rate.toFixed(1)),
        seconds_left: pace.secondsLeft(saidAt),
      });
    },
  };
}
