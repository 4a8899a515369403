import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { identifyProcess } from './process-identity.js';
import { acquireStoreLock, readStoreHolder, type StoreHolder, type StoreLock } from './store-lock.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-lock-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function acquire(): Promise<StoreLock> {
  return acquireStoreLock(directory, { access: 'write', logger: new RecordingLogger(), onLost: () => undefined });
}

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
    await lock.publish({ pid: 7, startedAt: 'x', port: 8123 });
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

  test('stays with another host that shows signs of life', async () => {
    await leaveLocked({ host: 'elsewhere.example', pid: 2 ** 22 + 1 });
    await expect(acquire()).rejects.toThrow(/process 4194305 on elsewhere\.example, since 2026-01-31T09:45:01\.123Z/);
  });

  test('is taken over from another host that has been silent', async () => {
    await leaveLocked({ host: 'elsewhere.example' }, 60_000);
    await (await acquire()).release();
  });

  test('of many who find a dead holder goes to one', async () => {
    await leaveLocked({ pid: 2 ** 22 + 1 });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, acquire));
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  }, 30_000);

  test('is not kept by a file that makes no sense', async () => {
    await writeFile(join(directory, 'fashionmatch-holder.json'), '{"pid":"rm -rf"');
    expect(await readStoreHolder(directory)).toBeUndefined();
    await (await acquire()).release();
  });
});
