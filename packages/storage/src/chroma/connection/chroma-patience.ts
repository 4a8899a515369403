import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '@fashionmatch/domain';

import type { ChromaAddress } from './chroma-client.js';
import type { ChromaFault } from './chroma-faults.js';
import { describe, type FailedAttempts } from './chroma-request.js';

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

export interface ChromaPatienceOptions {
  /** A request that failed is made again for so long, and five times in any case. */
  readonly patienceMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
}

/** Waits for a server that somebody else starts again, and tells of it once, whoever else waits meanwhile. */
export class ChromaPatience {
  readonly #options: ChromaPatienceOptions;
  #awaySince: number | undefined;

  constructor(options: ChromaPatienceOptions) {
    this.#options = options;
  }

  /** Whether to ask again; waits before it says yes. */
  async mayAskAgain(fault: ChromaFault, { count, forMs }: FailedAttempts, asked: ChromaAddress): Promise<boolean> {
    const { patienceMs, signal, logger } = this.#options;
    if (fault.kind === 'final') return false;
    // Trouble inside a server that is there is no restart.
    const remainingMs = fault.kind === 'failed' ? 0 : patienceMs - forMs;
    if (count >= ATTEMPTS && remainingMs <= 0) return false;
    // The first failure is often that of an idle connection, which the next attempt mends.
    if (count > 1 && remainingMs > 0 && this.#awaySince === undefined) {
      this.#awaySince = performance.now() - forMs;
      logger.warn(`${describe(fault, asked)}: waiting for it, up to ${String(patienceMs / 1_000)} s`);
    }
    // Exponential back-off with full jitter, so that many clients do not come back at once.
    const pauseMs = Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** count, LONGEST_PAUSE_MS);
    const { reason } = fault;
    logger.debug('The Chroma server could not answer: asking again', { reason, attempt: count, pauseMs });
    return delay(pauseMs, true, { signal }).catch(() => false);
  }

  answered(): void {
    if (this.#awaySince === undefined) return;
    const seconds = ((performance.now() - this.#awaySince) / 1_000).toFixed(0);
    this.#awaySince = undefined;
    this.#options.logger.info(`The Chroma server answers again, after ${seconds} s`);
  }
}
