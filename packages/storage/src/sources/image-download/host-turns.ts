import { setTimeout as sleep } from 'node:timers/promises';

import { ItemError } from '@fashionmatch/domain';
import pLimit, { type LimitFunction } from 'p-limit';

export interface HostTurnsOptions {
  /** Turns of one host at the same time. */
  readonly atOnce: number;
  /** Milliseconds. A host that wants to be left alone for longer is not waited for. */
  readonly longestPauseMs: number;
}

interface Host {
  readonly limit: LimitFunction;
  /** Milliseconds since the epoch. */
  pausedUntil: number;
}

/** Lets each host have a few requests at a time, and none while it wants to be left alone. */
export class HostTurns {
  readonly #options: HostTurnsOptions;
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostTurnsOptions) {
    this.#options = options;
  }

  /** @throws ItemError `IMAGE_MISSING` for a host that would have to be waited for too long. */
  async take<T>(name: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const host = this.#host(name);
    return host.limit(async () => {
      for (let wait = this.#wait(host); wait > 0; wait = this.#wait(host)) await sleep(wait, undefined, { signal });
      signal?.throwIfAborted();
      return run();
    });
  }

  pause(name: string, milliseconds: number): void {
    const host = this.#host(name);
    host.pausedUntil = Math.max(host.pausedUntil, Date.now() + milliseconds);
  }

  #wait({ pausedUntil }: Host): number {
    const wait = pausedUntil - Date.now();
    if (wait <= this.#options.longestPauseMs) return wait;
    const seconds = String(Math.ceil(wait / 1_000));
    throw new ItemError('IMAGE_MISSING', `the server asks to be left alone for ${seconds} s: run again after that`);
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) this.#hosts.set(name, (host = { limit: pLimit(this.#options.atOnce), pausedUntil: 0 }));
    return host;
  }
}
