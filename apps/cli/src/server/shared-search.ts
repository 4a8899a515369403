import { FashionMatchError } from '@fashionmatch/domain';
import type { OpenedSimilaritySearch } from '@fashionmatch/pipeline';

/** Shorter than an embedding run waits for whoever reads the store. */
const IDLE_MS = 15_000;

/**
 * The store and the models, opened when a request needs them, and let go when none has for a while: so that an
 * embedding run gets its turn, and what it stored is seen.
 */
export class SharedSearch implements AsyncDisposable {
  readonly #open: () => Promise<OpenedSimilaritySearch>;
  readonly #idleMs: number;
  #opened: Promise<OpenedSimilaritySearch> | undefined;
  #closing: Promise<void> = Promise.resolve();
  #users = 0;
  #isStale = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<OpenedSimilaritySearch>, idleMs = IDLE_MS) {
    this.#open = open;
    this.#idleMs = idleMs;
  }

  /** @throws what opening throws, or the work. */
  async use<T>(work: (opened: OpenedSimilaritySearch) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#users++;
    try {
      this.#opened ??= this.#closing.then(this.#open);
      return await work(await this.#opened);
    } catch (thrown) {
      // Whatever it was, the next request finds the store as it is then.
      if (thrown instanceof FashionMatchError && thrown.code.startsWith('STORE_')) this.#isStale = true;
      if ((await this.#opened?.catch(() => undefined)) === undefined) this.#opened = undefined;
      throw thrown;
    } finally {
      this.#users--;
      if (this.#users === 0) this.#rest();
    }
  }

  /** Call it when no more requests come. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    this.#letGo();
    await this.#closing;
  }

  #rest(): void {
    if (this.#isStale) {
      this.#letGo();
      return;
    }
    this.#idle = setTimeout(() => {
      this.#letGo();
    }, this.#idleMs).unref();
  }

  #letGo(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#isStale = false;
    if (opened === undefined) return;
    const close = async (): Promise<void> => {
      // What cannot be opened or closed is nobody's any more.
      await opened.then((search) => search[Symbol.asyncDispose]()).catch(() => undefined);
    };
    this.#closing = this.#closing.then(close);
  }
}
