/**
 * How far a run is, how fast, and how long it will take. Entries that need nothing done take no time, so that rate
 * and time left are of the others alone: ten thousand skipped in a second promise nothing.
 */
export class Pace {
  readonly total: number;
  readonly #work: number;
  readonly #startedAt: number;
  #done = 0;
  #worked = 0;

  /**
   * @param total Entries.
   * @param work Those of them that need something done.
   * @param startedAt Milliseconds, as in `performance.now()`.
   */
  constructor(total: number, work: number, startedAt: number) {
    this.total = total;
    this.#work = work;
    this.#startedAt = startedAt;
  }

  get done(): number {
    return this.#done;
  }

  advance(items: number, work: number): void {
    this.#done += items;
    this.#worked += work;
  }

  /** Entries worked through a second. */
  rate(now: number): number {
    return now > this.#startedAt ? (this.#worked * 1_000) / (now - this.#startedAt) : 0;
  }

  /** Whole seconds; undefined while nothing can be told. */
  secondsLeft(now: number): number | undefined {
    const left = Math.max(0, this.#work - this.#worked);
    if (left === 0) return 0;
    const rate = this.rate(now);
    return rate > 0 ? Math.round(left / rate) : undefined;
  }
}
