import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf, VectorStoreError, type Logger } from '@fashionmatch/domain';

import type { ChromaConnection } from '../connection/chroma-connection.js';
import { createLease, endLease, readLease, renewLease, type FoundLease, type Lease } from './lease-collection.js';
import { RENEWAL_MS, staysSilent, tooSlow } from './lease-watch.js';
import { livenessOf } from '../../chroma-server/process-identity.js';
import { asHolder, describeHolder } from '../../chroma-server/store-holder.js';

/** All in milliseconds, and each measured by one process alone: the clocks of two hosts are never compared. */
export interface LeaseTimes {
  /** Between two renewals; 2,000 unless given. */
  readonly renewalMs?: number;
  /** How long a writer goes on after it last saw that the lease is its own; 10,000 unless given. */
  readonly trustMs?: number;
  /** How long another one watches a lease that is not renewed before it takes it away; 20,000 unless given. */
  readonly silenceMs?: number;
}

export interface WriterLeaseOptions extends LeaseTimes {
  readonly collectionName: string;
  readonly logger: Logger;
}

const TRUST_MS = 10_000;
const SILENCE_MS = 20_000;

/** How often a writer asks anew whether the lease is its own, when the answers come too late to be trusted. */
const CONFIRMATIONS = 5;

/**
 * Makes this process the one writer of a store that several hosts can reach, until the connection is disposed: of
 * two writers the last one would win, item by item, without a word.
 *
 * The lease is a collection that its holder renews all the time, and that any other writer watches. Whoever renews it
 * keeps it; when nobody has for `silenceMs` it is ended, and a new one made. Its former holder may only be slow: it
 * writes for `trustMs` after it last saw that it has the lease, then it asks, and stops; so long the new holder waits
 * before its first write. A request that the former one has sent already cannot be called back.
 *
 * @returns the connection, whose `write` throws `STORE_LOCKED` once the lease is lost; the connection given stays open.
 * @throws VectorStoreError `STORE_LOCKED`, which names the other writer; as {@link ChromaConnection.request} does.
 */
export async function openWriterLease(
  connection: ChromaConnection,
  options: WriterLeaseOptions,
): Promise<ChromaConnection & AsyncDisposable> {
  const { collectionName } = options;
  const holder = await asHolder('write');
  const lease = new WriterLease(connection, { collectionName, holder, token: randomUUID() }, options);
  await lease.acquire();
  return {
    ...connection,
    // In each attempt: before one of them there may have been a long pause.
    write: (use) =>
      connection.write(async (client) => {
        await lease.confirm();
        return use(client);
      }),
    [Symbol.asyncDispose]: () => lease.release(),
  };
}

class WriterLease {
  readonly #connection: ChromaConnection;
  readonly #lease: Lease;
  readonly #logger: Logger;
  readonly #times: { readonly renewalMs: number; readonly trustMs: number; readonly silenceMs: number };
  readonly #ended = new AbortController();
  #renewals = 0;
  #renewing: Promise<void> | undefined;
  #lost: VectorStoreError | undefined;
  /** When it was asked what the server last said of the lease. */
  #seen = now();

  constructor(connection: ChromaConnection, lease: Lease, options: WriterLeaseOptions) {
    const { logger, renewalMs = RENEWAL_MS, trustMs = TRUST_MS, silenceMs = SILENCE_MS } = options;
    this.#connection = connection;
    this.#lease = lease;
    this.#logger = logger;
    this.#times = { renewalMs, trustMs, silenceMs };
  }

  async acquire(): Promise<void> {
    let pauseMs = 0;
    do {
      const found = await readLease(this.#connection, this.#lease.collectionName);
      if (found !== undefined && (await this.#takeAway(found))) pauseMs = this.#times.trustMs;
      this.#seen = now();
    } while (!(await createLease(this.#connection, this.#lease)));
    void this.#keepRenewing();
    await delay(pauseMs);
  }

  /** @throws VectorStoreError when the lease is lost, or it cannot be told in time whether it is. */
  async confirm(): Promise<void> {
    for (let asked = 0; this.#lost === undefined; asked++) {
      if (ageOf(this.#seen) < this.#times.trustMs) return;
      if (asked === CONFIRMATIONS) throw tooSlow();
      await this.#renew();
    }
    throw this.#lost;
  }

  async release(): Promise<void> {
    this.#ended.abort();
    await this.#renewing?.catch(() => undefined);
    if (this.#lost !== undefined) return;
    await endLease(this.#connection, this.#lease).catch((thrown: unknown) => {
      this.#logger.warn(
        'The lease on the store could not be given back: the next writer has to wait until it is over',
        {
          reason: reasonOf(thrown),
        },
      );
    });
  }

  /**
   * Ends the lease of a writer that has ended, or stays silent.
   *
   * @returns whether that writer may still be at work.
   * @throws VectorStoreError `STORE_LOCKED` when it is not silent.
   */
  async #takeAway(found: FoundLease): Promise<boolean> {
    const { host, pid, since } = found.holder;
    const hasEnded = (await livenessOf(found.holder)) === 'gone';
    if (!hasEnded) {
      this.#logger.info('Waiting for a sign of life of whoever writes to the store', { host, pid });
      if (!(await staysSilent(this.#connection, found, this.#times.silenceMs))) {
        const next = await readLease(this.#connection, this.#lease.collectionName);
        if (next !== undefined) throw lockedBy(next);
        return false;
      }
    }
    this.#logger.warn('Taking over the store from a writer that does not renew its lease', { host, pid, since });
    await endLease(this.#connection, found);
    return !hasEnded;
  }

  async #keepRenewing(): Promise<void> {
    const { signal } = this.#ended;
    while (this.#lost === undefined) {
      await delay(this.#times.renewalMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#renew().catch((thrown: unknown) => {
        this.#logger.debug('The lease on the store could not be renewed', { reason: reasonOf(thrown) });
      });
    }
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#askAndRenew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #askAndRenew(): Promise<void> {
    const asked = now();
    const found = await renewLease(this.#connection, this.#lease, ++this.#renewals);
    if (found?.token === this.#lease.token) {
      this.#seen = asked;
      return;
    }
    const other = describeHolder(found?.holder);
    this.#lost = new VectorStoreError(
      'STORE_LOCKED',
      `The collections of ${this.#lease.collectionName} were taken over by ${other}, for this process was silent for too long: ` +
        'what it stored stays; when the other one has finished, run the command again',
    );
    this.#logger.error('The lease on the store was lost: nothing more is written', { to: other });
  }
}

function lockedBy({ collectionName, holder }: Lease): VectorStoreError {
  return new VectorStoreError(
    'STORE_LOCKED',
    `The collections of ${collectionName} are being written by ${describeHolder(holder)}: wait until it has finished, or stop it`,
  );
}

interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

const now = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/** The first clock may stand still while the machine sleeps; the second jumps when it is set. */
function ageOf({ monotonic, wall }: Moment): number {
  return Math.max(performance.now() - monotonic, Math.abs(Date.now() - wall));
}
