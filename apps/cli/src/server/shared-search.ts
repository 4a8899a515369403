import { setTimeout as delay } from 'node:timers/promises';

import { FashionMatchError } from '@fashionmatch/domain';
import type { OpenedSimilaritySearch } from '@fashionmatch/pipeline';

/** Long enough for somebody who works with it, and shorter than a night. */
const IDLE_MS = 15 * 60_000;

/** So often it is looked, while nobody searches, whether somebody waits for the store: an embedding run does for 35 s. */
const ASK_EVERY_MS = 500;

/** So often, at most, it is looked whether another generation serves now, and whether somebody waits while others search. */
const LOOK_EVERY_MS = 2_000;

/** Who waits for the store tries to take it ten times a second, and comes before those who only read. */
const GIVE_WAY_MS = 500;

export interface SharedSearchOptions {
  readonly idleMs?: number;
  /** Whether somebody waits until what is open is let go; nobody does, unless given. */
  readonly isWanted?: (() => Promise<boolean>) | undefined;
  readonly askEveryMs?: number;
  /** Whether what is open is still what would be opened; that it is, unless given. */
  readonly isCurrent?: ((opened: OpenedSimilaritySearch) => Promise<boolean>) | undefined;
  readonly lookEveryMs?: number;
}

/** One that is open, and how many use it. */
class Shared {
  readonly opened: Promise<OpenedSimilaritySearch>;
  users = 0;
  /** Nobody else gets it, and it is closed with its last user. */
  isStale = false;
  lookedAt = performance.now();
  #closed: Promise<void> | undefined;
  #onUnused: (() => void) | undefined;

  constructor(opened: Promise<OpenedSimilaritySearch>) {
    this.opened = opened;
  }

  /** Ends when nobody uses it any more and it is closed. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  left(): void {
    this.users--;
    if (this.users === 0) this.#onUnused?.();
  }

  async #close(): Promise<void> {
    if (this.users > 0) await new Promise<void>((resolve) => (this.#onUnused = resolve));
    // What cannot be opened or closed is nobody's any more.
    await this.opened.then((search) => search[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

/**
 * The store and the models, opened when a request needs them, and let go when none does and somebody waits for the store,
 * or none has for a while: so that an embedding run gets its turn, and what it stored is seen. Where another one is to be
 * opened meanwhile, those who come get that, and those who have begun end with theirs.
 */
export class SharedSearch implements AsyncDisposable {
  readonly #open: () => Promise<OpenedSimilaritySearch>;
  readonly #options: SharedSearchOptions;
  #current: Shared | undefined;
  #closing: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<OpenedSimilaritySearch>, options: SharedSearchOptions = {}) {
    this.#open = open;
    this.#options = options;
  }

  /** Whether somebody waits for what they asked of it. */
  get isInUse(): boolean {
    return (this.#current?.users ?? 0) > 0;
  }

  /** @throws what opening throws, or the work. */
  async use<T>(work: (opened: OpenedSimilaritySearch) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    const shared = await this.#take();
    try {
      return await work(await shared.opened);
    } catch (thrown) {
      // Whatever it was, the next request finds the store as it is then.
      if (thrown instanceof FashionMatchError && thrown.code.startsWith('STORE_')) shared.isStale = true;
      if ((await shared.opened.catch(() => undefined)) === undefined) shared.isStale = true;
      throw thrown;
    } finally {
      shared.left();
      this.#rest(shared);
    }
  }

  /** Call it when no more requests come. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#current) this.#letGo(this.#current);
    await this.#closing;
  }

  async #take(): Promise<Shared> {
    if (this.#current) await this.#look(this.#current);
    // The one before is closed first: of two, one would end with the other's server.
    this.#current ??= new Shared(this.#closing.then(this.#open));
    this.#current.users++;
    return this.#current;
  }

  /** Lets it go when another one is to be opened by now, or somebody waits for the store. */
  async #look(shared: Shared): Promise<void> {
    const { isCurrent = () => Promise.resolve(true), lookEveryMs = LOOK_EVERY_MS } = this.#options;
    if (performance.now() - shared.lookedAt < lookEveryMs) return;
    shared.lookedAt = performance.now();
    // Whoever looks keeps it open.
    shared.users++;
    // One of which it cannot be told is told of by whoever uses it.
    const stays = await shared.opened.then(isCurrent).catch(() => true);
    const isWanted = await this.#isWanted();
    shared.left();
    if (isWanted) this.#giveWay(shared);
    else if (!stays) this.#letGo(shared);
  }

  async #isWanted(): Promise<boolean> {
    return (await this.#options.isWanted?.().catch(() => false)) ?? false;
  }

  #rest(shared: Shared): void {
    if (shared !== this.#current || shared.users > 0) return;
    if (shared.isStale) {
      this.#letGo(shared);
      return;
    }
    const { idleMs = IDLE_MS, askEveryMs = ASK_EVERY_MS } = this.#options;
    const idleSince = performance.now();
    clearTimeout(this.#idle);
    const look = async (): Promise<void> => {
      const looking = this.#idle;
      const isWanted = await this.#isWanted();
      // Somebody came meanwhile, and who leaves last sets another.
      if (shared !== this.#current || shared.users > 0 || looking !== this.#idle) return;
      if (isWanted) this.#giveWay(shared);
      else if (performance.now() - idleSince >= idleMs) this.#letGo(shared);
      else this.#idle = later();
    };
    const later = (): NodeJS.Timeout => setTimeout(() => void look(), Math.min(askEveryMs, idleMs)).unref();
    this.#idle = later();
  }

  #giveWay(shared: Shared): void {
    this.#letGo(shared);
    this.#closing = this.#closing.then(() => delay(GIVE_WAY_MS));
  }

  #letGo(shared: Shared): void {
    if (this.#current === shared) this.#current = undefined;
    this.#closing = this.#closing.then(() => shared.close());
  }
}
