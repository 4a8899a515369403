/** Enough for a chart, whatever a run's length. */
const MAX_BINS = 120;
const FIRST_BIN_SECONDS = 0.25;

/** How many items were dealt with when, in bins of one width, which doubles as the run goes on. */
export class Throughput {
  readonly #now: () => number;
  readonly #startedAt: number;
  #binSeconds = FIRST_BIN_SECONDS;
  #bins: number[] = [];

  /** @param now Milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#startedAt = now();
  }

  add(items: number): void {
    const seconds = (this.#now() - this.#startedAt) / 1000;
    while (seconds >= this.#binSeconds * MAX_BINS) this.#widen();
    const at = Math.floor(seconds / this.#binSeconds);
    while (this.#bins.length <= at) this.#bins.push(0);
    this.#bins[at] = (this.#bins[at] ?? 0) + items;
  }

  /** Items a second, bin by bin from the start of the run; none for a run in which nothing was dealt with. */
  rates(): { readonly binSeconds: number; readonly rates: readonly number[] } {
    const binSeconds = this.#binSeconds;
    return { binSeconds, rates: this.#bins.map((items) => items / binSeconds) };
  }

  #widen(): void {
    this.#binSeconds *= 2;
    this.#bins = this.#bins.flatMap((items, i) => (i % 2 === 0 ? [items + (this.#bins[i + 1] ?? 0)] : []));
  }
}
