import type { ItemFailure, SourceEntry } from '@fashionmatch/domain';

/**
 * Which entries a watch works through: none that is still being written, and none again that failed and has not
 * changed since.
 */
export class SettledEntries {
  readonly #quietMs: number;
  readonly #now: () => number;
  /** What each file looked like when it was last seen, by its path. */
  readonly #seen = new Map<string, string>();
  readonly #failed = new Map<string, string>();
  #leftOut = false;

  /** @param now Milliseconds since the epoch. */
  constructor(quietMs: number, now: () => number = Date.now) {
    this.#quietMs = quietMs;
    this.#now = now;
  }

  /** Whether one has been left out since this was last asked: there is something to come back for. */
  takeLeftOut(): boolean {
    const leftOut = this.#leftOut;
    this.#leftOut = false;
    return leftOut;
  }

  readonly isReady = (entry: SourceEntry): boolean => {
    if (entry.kind === 'fault') return this.#isNews(entry.failure);
    const { path, size, mtimeMs } = entry.file;
    const look = `${String(size)} ${String(mtimeMs)}`;
    const age = this.#now() - mtimeMs;
    // A time in the future is a clock that goes wrong, or a date that was copied: nothing to wait for.
    if (age >= 0 && age < this.#quietMs) {
      this.#leftOut = true;
      return false;
    }
    this.#seen.set(path, look);
    return this.#failed.get(path) !== look;
  };

  noteFailure({ path, itemId, reason }: ItemFailure): void {
    this.#failed.set(path || itemId, this.#seen.get(path) ?? reason);
  }

  /** The same fault of the same listing is told once. */
  #isNews({ path, itemId, reason }: ItemFailure): boolean {
    return this.#failed.get(path || itemId) !== reason;
  }
}
