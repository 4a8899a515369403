import { setTimeout as pause } from 'node:timers/promises';

import { FashionMatchError, reasonOf, type Logger } from '@fashionmatch/domain';
import { Redis } from 'ioredis';

export interface RedisOptions {
  /** `redis://` or, with TLS, `rediss://`; `host:6379`, `/n` for another database than 0. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly logger: Logger;
}

const LONGEST_RETRY_MS = 2_000;

/**
 * A connection that comes back by itself; commands wait for that.
 *
 * @throws FashionMatchError `QUEUE_UNREACHABLE` when nothing answers; `CONFIG_INVALID` when the server may drop what it
 *   was given.
 */
export async function connectRedis({ url, username, password, logger }: RedisOptions): Promise<Redis> {
  const place = placeOf(url);
  const redis = new Redis(url, {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, LONGEST_RETRY_MS),
  });
  // Each failed attempt would be one; what counts is told once.
  let fault: unknown;
  redis.on('error', (error) => {
    fault = error;
  });
  try {
    await redis.connect();
    await requireKeeping(redis, place);
  } catch (error) {
    redis.disconnect();
    if (error instanceof FashionMatchError) throw error;
    throw new FashionMatchError(
      'QUEUE_UNREACHABLE',
      `The queue at ${place} does not answer (${reasonOf(fault ?? error)}): start Redis there, or name another with --queue.`,
      { cause: error },
    );
  }
  tellOfAbsence(redis, place, logger);
  return redis;
}

/** Where it is, without what else an address may hold. */
export function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

const FULL_RETRY_MS = 1_000;

/**
 * Writes, and waits while Redis has no memory left for it: that is no fault of what is written.
 *
 * @throws what `write` does, and what `signal` was aborted with.
 */
export async function whenThereIsRoom<T>(
  write: () => Promise<T>,
  { url, logger }: Pick<RedisOptions, 'url' | 'logger'>,
  signal?: AbortSignal,
): Promise<T> {
  let isFull = false;
  for (;;) {
    try {
      const written = await write();
      if (isFull) logger.info(`The queue at ${placeOf(url)} has room again`);
      return written;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (!isFull) logger.warn(`The queue at ${placeOf(url)} is full: waiting for room; raise maxmemory there`);
      isFull = true;
      await pause(FULL_RETRY_MS, undefined, { signal });
    }
  }
}

/** How Redis says that `maxmemory` is reached. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.includes('OOM command not allowed');
}

/** Jobs and vectors that are dropped would be encoded again and again. */
async function requireKeeping(redis: Redis, place: string): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'noeviction';
  if (policy === 'noeviction') return;
  throw new FashionMatchError(
    'CONFIG_INVALID',
    `Redis at ${place} drops data when memory is short (maxmemory-policy ${policy}): set maxmemory-policy noeviction there.`,
  );
}

function tellOfAbsence(redis: Redis, place: string, logger: Logger): void {
  let isAway = false;
  redis.on('close', () => {
    // A connection that is closed here is not missed.
    if (isAway || redis.status === 'end') return;
    isAway = true;
    logger.warn(`The queue at ${place} does not answer any more: waiting for it`);
  });
  redis.on('ready', () => {
    if (isAway) logger.info(`The queue at ${place} is back`);
    isAway = false;
  });
}
