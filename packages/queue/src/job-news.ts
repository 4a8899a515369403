import type { EventEmitter } from 'node:events';

/** Tells when something has happened to a job, also if that was while nobody waited. */
export class JobNews implements Disposable {
  readonly #emitter: EventEmitter;
  readonly #id: string;
  #isThere = false;
  #wake: (() => void) | undefined;

  /** @param emitter Emits the job's id when something has happened to it. */
  constructor(emitter: EventEmitter, id: string) {
    this.#emitter = emitter;
    this.#id = id;
    emitter.on(id, this.#onNews);
  }

  /**
   * @param patienceMs Resolves after that in any case.
   * @throws what the signal was aborted with.
   */
  async next(patienceMs: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, patienceMs);
      if (this.#isThere) resolve();
    });
    signal?.addEventListener('abort', this.#onNews);
    try {
      await woken;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', this.#onNews);
    }
    this.#isThere = false;
    signal?.throwIfAborted();
  }

  [Symbol.dispose](): void {
    this.#emitter.off(this.#id, this.#onNews);
  }

  readonly #onNews = (): void => {
    this.#isThere = true;
    this.#wake?.();
  };
}
