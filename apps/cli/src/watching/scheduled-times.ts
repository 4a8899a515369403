import { setTimeout as delay } from 'node:timers/promises';

import type { Schedule } from './schedule.js';

export interface ScheduledTimesOptions {
  /** When the last run began that came to its end; undefined when none did, or nobody knows. */
  readonly last: Date | undefined;
  readonly signal: AbortSignal;
  /** Told when there is a wait. */
  readonly onWait: (until: Date) => void;
  /** The clock and how it is waited by, unless told otherwise. */
  readonly now?: () => Date;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The clock may be set, and the machine sleep: so long after either, in milliseconds, the time is looked at again. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Tells when it is time for the next run. However many times were missed (while a run was going on, or the machine was
 * off), one run makes up for them. The first run is now, unless an earlier one is known, and no time has passed since.
 */
export class ScheduledTimes {
  readonly #schedule: Schedule;
  readonly #options: ScheduledTimesOptions;
  readonly #now: () => Date;
  #last: Date | undefined;
  #remindAt: Date | undefined;

  constructor(schedule: Schedule, options: ScheduledTimesOptions) {
    this.#schedule = schedule;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.#last = options.last;
  }

  /** Ends when it is time. @returns false when the signal came first, or there is no further time. */
  async nextTime(): Promise<boolean> {
    const { signal, onWait, wait = sleep } = this.#options;
    let announced: number | undefined;
    for (;;) {
      // Again after each wait: the clock may have been set.
      const due = this.#due();
      if (due === undefined || signal.aborted) return false;
      const left = due.getTime() - this.#now().getTime();
      if (left <= 0) break;
      if (due.getTime() !== announced) onWait(due);
      announced = due.getTime();
      await wait(Math.min(left, LONGEST_WAIT_MS), signal);
    }
    this.#last = this.#now();
    this.#remindAt = undefined;
    return true;
  }

  /** There is something to come back for sooner. */
  remind(afterMs: number): void {
    this.#remindAt = new Date(this.#now().getTime() + afterMs);
  }

  #due(): Date | undefined {
    const now = this.#now();
    if (this.#last === undefined) return now;
    // A time in the future is of a clock that was wrong: nothing is to wait for that.
    if (this.#last > now) this.#last = now;
    const next = this.#schedule.nextAfter(this.#last);
    if (this.#remindAt !== undefined && (next === undefined || this.#remindAt < next)) return this.#remindAt;
    return next;
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
