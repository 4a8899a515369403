import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { lock } from 'proper-lockfile';

/** A process that died holds a lock no longer than this. */
const STALE_MS = 30_000;

/** Longest wait for another process that downloads the same model. */
const MAX_WAIT_S = 3600;

/**
 * Runs while no other process changes this repository's folder in the cache: each file is fetched once, however
 * many processes ask for it at the same time.
 *
 * @throws Error when another process holds the lock for more than an hour.
 */
export async function withRepositoryLock<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const own = join(folder, '.fashionmatch');
  await mkdir(own, { recursive: true });
  const release = await lock(folder, {
    lockfilePath: join(own, 'lock'),
    stale: STALE_MS,
    retries: { retries: MAX_WAIT_S, factor: 1, minTimeout: 1000, maxTimeout: 1000 },
    // A machine that slept may lose its lock. Nothing breaks: what two processes wrote at once has the wrong hash.
    onCompromised: () => undefined,
  });
  try {
    return await run();
  } finally {
    await release().catch(() => undefined);
  }
}
