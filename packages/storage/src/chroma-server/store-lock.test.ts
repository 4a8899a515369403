import { mkdir, mkdtemp, readdir, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { pollUntil } from './poll-until.js';
import { identifyProcess } from './process-identity.js';
import type { StoreHolder } from './store-holder.js';
import { acquireStoreLock, readStoreHolder, type StoreLock, type StoreLockOptions } from './store-lock.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-lock-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function acquire(changes: Partial<StoreLockOptions> = {}): Promise<StoreLock> {
  const logger = new RecordingLogger();
  return acquireStoreLock(directory, { access: 'write', logger, onLost: () => undefined, ...changes });
}

/** What a process in another container, or on another host, knows of itself. */
const UNSEEN = { pid: 2 ** 22 + 1, startedAt: 'then', namespace: 'elsewhere' };

/** Leaves a directory as a holder would that never gave it back. */
async function leaveLocked(changes: Partial<StoreHolder>, silentForMs = 0): Promise<void> {
  const holder: StoreHolder = {
    ...(await identifyProcess(process.pid)),
    host: hostname(),
    since: '2026-01-31T09:45:01.123Z',
    access: 'write',
    ...changes,
  };
  const lock = join(directory, 'fashionmatch.lock');
  await mkdir(lock);
  const lastSign = new Date(Date.now() - silentForMs);
  await utimes(lock, lastSign, lastSign);
  await writeFile(join(directory, 'fashionmatch-holder.json'), JSON.stringify(holder));
}

describe('the lock on a store', () => {
  test('names its holder, and leaves nothing behind', async () => {
    const lock = await acquire();
    expect(await readStoreHolder(directory)).toMatchObject({ pid: process.pid, host: hostname(), access: 'write' });
    await lock.publish({ pid: 7, startedAt: 'x', namespace: 'here', port: 8123, network: 'here' });
    expect(await readStoreHolder(directory)).toMatchObject({ server: { port: 8123 } });
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('is not given twice, and says who has it', async () => {
    const lock = await acquire();
    await expect(acquire()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringMatching(new RegExp(`process ${String(process.pid)} on ${hostname()}, since 2\\d{3}-`)),
    });
    await lock.release();
    await (await acquire()).release();
  });

  test('stays with a process that runs, however long it has been silent', async () => {
    await leaveLocked({}, 3_600_000);
    await expect(acquire()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  test('is taken over at once from a process that has ended', async () => {
    await leaveLocked({ pid: 2 ** 22 + 1 });
    await (await acquire()).release();
  });

  // Elsewhere the system does not say when a process started.
  (process.platform === 'linux' ? test : test.skip)(
    'is taken over at once when another process has the number of the one that had it',
    async () => {
      await leaveLocked({ startedAt: 'an earlier boot' });
      await (await acquire()).release();
    },
  );

  test.each([
    ['another host', { ...UNSEEN, host: 'elsewhere.example' }],
    ['a container that shares the host name', UNSEEN],
    ['one of another boot that shares the host name', { ...UNSEEN, startedAt: 'another boot/1', pid: process.pid }],
    ['one that does not say where its number counts', { ...UNSEEN, namespace: '' }],
  ])('stays with %s that shows signs of life, whatever its clock says', async (_, holder) => {
    await leaveLocked(holder, 3_600_000);
    const waiting = acquire({ silenceMs: 60_000 });
    const sign = setInterval(() => void utimes(join(directory, 'fashionmatch.lock'), 1, Math.random() * 1e6), 100);
    await expect(waiting)
      .rejects.toThrow(new RegExp(`process ${String(holder.pid)} on .+, since 2026-01-31T09:45:01\\.123Z`))
      .finally(() => {
        clearInterval(sign);
      });
  });

  test('is taken over from one out of sight that stays silent, whatever its clock says', async () => {
    await leaveLocked({ ...UNSEEN, host: 'elsewhere.example' }, -3_600_000);
    await (await acquire({ silenceMs: 300 })).release();
  });

  test('is had at once when one out of sight gives it back', async () => {
    await leaveLocked(UNSEEN);
    const waiting = acquire({ silenceMs: 60_000 });
    await rm(join(directory, 'fashionmatch-holder.json'));
    await rmdir(join(directory, 'fashionmatch.lock'));
    await (await waiting).release();
  });

  test('shows a sign of life every few seconds', async () => {
    const lock = await acquire();
    const sign = async (): Promise<number> => (await stat(join(directory, 'fashionmatch.lock'))).mtimeMs;
    const first = await sign();
    expect(await pollUntil(async () => (await sign()) !== first, 20_000)).toBe(true);
    await lock.release();
  });

  test('of many who find a dead holder goes to one', async () => {
    await leaveLocked({ pid: 2 ** 22 + 1 });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acquire()));
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  });

  test('is not kept by a file that makes no sense', async () => {
    await writeFile(join(directory, 'fashionmatch-holder.json'), '{"pid":"rm -rf"');
    expect(await readStoreHolder(directory)).toBeUndefined();
    await (await acquire()).release();
  });
});
