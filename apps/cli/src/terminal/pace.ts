/** What comes within so many milliseconds of the first is of the same batch. */
const FIRST_BATCH_MS = 250;

/** How long work has to be watched before it says anything about what is left, in milliseconds. */
const ENOUGH_MS = 2_000;

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
  #firstAt: number | undefined;
  #firstWorked = 0;

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

  advance(items: number, work: number, now: number): void {
    this.#done += items;
    this.#worked += work;
    if (work === 0) return;
    this.#firstAt ??= now;
    if (now - this.#firstAt < FIRST_BATCH_MS) this.#firstWorked = this.#worked;
  }

  /** Entries worked through a second. */
  rate(now: number): number {
    return now > this.#startedAt ? (this.#worked * 1_000) / (now - this.#startedAt) : 0;
  }

  /** Whole seconds; undefined while there is nothing to tell it from: the first batch waited for models to load. */
  secondsLeft(now: number): number | undefined {
    const left = Math.max(0, this.#work - this.#worked);
    if (left === 0) return 0;
    const watched = now - (this.#firstAt ?? now);
    const worked = this.#worked - this.#firstWorked;
    return watched < ENOUGH_MS || worked === 0 ? undefined : Math.round((left * watched) / worked / 1_000);
  }
}
