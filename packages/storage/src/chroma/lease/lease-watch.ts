import { setTimeout as delay } from 'node:timers/promises';

import { StoreBusyError } from '@fashionmatch/domain';

import type { ChromaConnection } from '../connection/chroma-connection.js';
import { readLease, type FoundLease } from './lease-collection.js';
import { livenessOf } from '../../chroma-server/process-identity.js';
import type { StoreHolder } from '../../chroma-server/store-holder.js';

/** Between two renewals of a lease, unless given. */
export const RENEWAL_MS = 2_000;

/** So many renewals come late before nobody is said to have the lease. */
const RENEWALS_WATCHED = 3;

/** How often a lease is looked at while it is watched, and how often the watch is begun anew. */
const LOOKS = 40;
const WATCHES = 5;

/**
 * Who has the lease on a store and lives, as far as can be seen: one out of sight is watched for as long as three
 * renewals take.
 */
export async function findWriter(
  connection: ChromaConnection,
  { collectionName, renewalMs = RENEWAL_MS }: { readonly collectionName: string; readonly renewalMs?: number },
): Promise<StoreHolder | undefined> {
  const found = await readLease(connection, collectionName);
  if (found === undefined || (await livenessOf(found.holder)) === 'gone') return undefined;
  return (await staysSilent(connection, found, RENEWALS_WATCHED * renewalMs)) ? undefined : found.holder;
}

/**
 * Whether a lease is neither renewed nor given back for so long, by this process's clock.
 *
 * @throws StoreBusyError when the server is away too often to tell.
 */
export async function staysSilent(
  connection: ChromaConnection,
  { collectionName, token, renewals }: FoundLease,
  silenceMs: number,
): Promise<boolean> {
  for (let watch = 1; watch <= WATCHES; watch++) {
    const since = performance.now();
    // In a longer gap this process slept, or the server was away, and nobody could have renewed the lease.
    for (let gap = 0; gap < silenceMs / 4;) {
      const last = performance.now();
      await delay(silenceMs / LOOKS);
      const next = await readLease(connection, collectionName);
      if (next?.token !== token || next.renewals !== renewals) return false;
      gap = performance.now() - last;
      if (gap < silenceMs / 4 && performance.now() - since >= silenceMs) return true;
    }
  }
  throw tooSlow();
}

export function tooSlow(): StoreBusyError {
  return new StoreBusyError('The Chroma server is too slow to say who writes to it: run the command again later');
}
