/**
 * The parts of a run, in the order that an image goes through them: finding what there is to do, loading the
 * models, downloading, reading and hashing the file, decoding, preprocessing for both models, encoding with each, storing.
 */
export const STAGES = [
  'discover',
  'load',
  'download',
  'read',
  'decode',
  'preprocess',
  'clip',
  'dino',
  'store',
] as const;
export type Stage = (typeof STAGES)[number];

export interface StageTime {
  /** What went through, failed or not. */
  readonly items: number;
  /** During which at least one call was under way. */
  readonly busySeconds: number;
  /** Of all calls together: more than `busySeconds` where calls overlap. */
  readonly callSeconds: number;
}

interface Tally {
  items: number;
  active: number;
  activeSince: number;
  busyMs: number;
  callMs: number;
}

/** Adds up how long each stage was at work. Calls may overlap. */
export class StageClock {
  readonly #now: () => number;
  readonly #tallies = new Map<Stage, Tally>();

  /** @param now Milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs something as a part of a stage; its result or error is passed on. */
  async time<T>(stage: Stage, items: number, run: () => Promise<T>): Promise<T> {
    const tally = this.#tally(stage);
    const start = this.#now();
    if (tally.active++ === 0) tally.activeSince = start;
    try {
      return await run();
    } finally {
      const end = this.#now();
      tally.items += items;
      tally.callMs += end - start;
      if (--tally.active === 0) tally.busyMs += end - tally.activeSince;
    }
  }

  of(stage: Stage): StageTime {
    const { items, busyMs, callMs } = this.#tally(stage);
    return { items, busySeconds: busyMs / 1000, callSeconds: callMs / 1000 };
  }

  #tally(stage: Stage): Tally {
    let tally = this.#tallies.get(stage);
    if (tally === undefined) {
      tally = { items: 0, active: 0, activeSince: 0, busyMs: 0, callMs: 0 };
      this.#tallies.set(stage, tally);
    }
    return tally;
  }
}
