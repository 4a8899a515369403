import type { Kill } from './killed-run.js';

/** How long things take when nobody kills anything, in milliseconds since the start of the command. */
export interface Pace {
  /** Until a run that has nothing to do is over: about when one that has would begin to store. */
  readonly idleMs: number;
  /** Until everything is stored and closed. */
  readonly wholeMs: number;
  /** Until the server's process is there. */
  readonly serverMs: number;
}

/** A new store, and the kills that it goes through before a run is left in peace. */
export interface PlannedStore {
  readonly target: Kill['target'];
  readonly kills: readonly Kill[];
}

/** One kill in so many has a store to itself; the others come in rows. */
const ALONE_EVERY = 10;
const LONGEST_ROW = 50;

/** How many times its equal share of the work a kill in a row may wait for: on average they do most of it. */
const ROW_REACH = 2;

/** A run takes up to a second to give up a server for dead and start another. */
const LONGEST_SECOND_LIFE_MS = 1_000;

/**
 * Spreads kills over stores. A kill that has a store to itself may come at any moment of the run; together these
 * cover it evenly, from the first millisecond to the last. A row of kills does the work bit by bit, so that most
 * of them meet a store that is neither empty nor full; of servers, the one that takes the place of a killed one
 * is killed in a row too, so that the run cannot finish.
 *
 * @param random in [0, 1).
 */
export function planStores(target: Kill['target'], count: number, pace: Pace, random: () => number): PlannedStore[] {
  const alone = Math.ceil(count / ALONE_EVERY);
  const rows = Math.ceil((count - alone) / LONGEST_ROW);
  const bornMs = target === 'server' ? pace.serverMs : 0;
  const [idleMs, wholeMs] = [Math.max(0, pace.idleMs - bornMs), pace.wholeMs - bornMs];

  const single = Array.from({ length: alone }, (_, i) => {
    const afterMs = ((i + random()) / alone) * wholeMs;
    return [target === 'cli' ? { target, afterMs } : { target, afterMs, againAfterMs: undefined }];
  });
  const many = Array.from({ length: rows }, (_, row) => {
    const length = share(count - alone, rows, row);
    const reachMs = idleMs + Math.min(1, ROW_REACH / length) * (wholeMs - idleMs);
    return Array.from({ length }, () => {
      const afterMs = random() * reachMs;
      return target === 'cli'
        ? { target, afterMs }
        : { target, afterMs, againAfterMs: random() * LONGEST_SECOND_LIFE_MS };
    });
  });
  return [...single, ...many].map((kills) => ({ target, kills }));
}

/** The same kills where the run was over before the first of them: that one comes in half the time. */
export function earlier([first, ...others]: readonly Kill[]): readonly Kill[] {
  return first === undefined ? [] : [{ ...first, afterMs: first.afterMs / 2 }, ...others];
}

/** The size of the `place`-th of `parts` parts of a whole that are as equal as they can be. */
function share(whole: number, parts: number, place: number): number {
  return Math.floor(((place + 1) * whole) / parts) - Math.floor((place * whole) / parts);
}
