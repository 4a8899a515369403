import { setTimeout as pause } from 'node:timers/promises';

import { RecordingLogger, workQueueContract } from '@fashionmatch/domain/testing';
import type { WorkQueue } from '@fashionmatch/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';

import { openWorkQueue } from './bull-work-queue.js';
import { hasRedisServer, RedisServer } from './testing/index.js';

/** Not a multiple of anything: what comes of it must be whole milliseconds. */
const LOST_AFTER_MS = 500.5;

(hasRedisServer() ? describe : describe.skip)('with a Redis server', () => {
  let server: RedisServer;
  const logger = new RecordingLogger();
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    const redis = new Redis(server.url);
    await redis.flushall();
    redis.disconnect();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const open = (): Promise<WorkQueue & AsyncDisposable> =>
    openWorkQueue({ url: server.url, logger, lostAfterMs: LOST_AFTER_MS });

  workQueueContract(test, async () => {
    const own = await open();
    const workers = new Set<WorkQueue & AsyncDisposable>();
    const loseWorkers = async (): Promise<void> => {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      workers.clear();
    };
    const queue: WorkQueue = {
      submit: (job, signal) => own.submit(job, signal),
      results: (encoderIds, hashes) => own.results(encoderIds, hashes),
      forget: (encoderIds, hashes) => own.forget(encoderIds, hashes),
      cancel: (run, signal) => own.cancel(run, signal),
      count: () => own.count(),
      secretOf: async (run) => {
        await using other = await open();
        return await other.secretOf(run);
      },
      work: async (handle, options) => {
        const worker = await open();
        workers.add(worker);
        await worker.work(handle, options);
      },
    };
    return {
      ...{ queue, loseWorkers },
      [Symbol.asyncDispose]: async () => {
        await loseWorkers();
        await own[Symbol.asyncDispose]();
      },
    };
  });

  test('jobs and vectors that Redis has forgotten are known to be gone, and the connection comes back', async () => {
    await using restarted = await RedisServer.start();
    await using queue = await openWorkQueue({ url: restarted.url, logger, lostAfterMs: LOST_AFTER_MS });
    const image = { contentSha256: 'a'.repeat(64), path: '/photos/a.jpg' };
    const job = { run: 'run', encoderIds: { clip: 'a', dino: 'b' }, images: [image] };
    const submitted = queue.submit(job);
    while ((await queue.count()).waiting === 0);
    await restarted.stop();
    await restarted.start();
    expect(await submitted).toEqual({ kind: 'gone' });
    const stop = new AbortController();
    const working = queue.work(() => Promise.resolve({ vectors: new Map(), faults: [] }), {
      ...{ concurrency: 1, signal: stop.signal },
    });
    expect((await queue.submit(job)).kind).toBe('finished');
    stop.abort();
    await working;
    const messages = logger.events.map(({ message }) => message);
    expect(messages).toContain(`The queue at ${restarted.url} does not answer any more: waiting for it`);
    expect(messages).toContain(`The queue at ${restarted.url} is back`);
  });

  test('a server that is full is waited for: no job is at fault', async () => {
    await using full = await RedisServer.start();
    await using queue = await openWorkQueue({ url: full.url, logger, lostAfterMs: LOST_AFTER_MS });
    const redis = new Redis(full.url);
    const encoderIds = { clip: 'a', dino: 'b' };
    const images = [{ contentSha256: 'a'.repeat(64), path: '/photos/a.jpg' }];
    const vectors = new Map([['a'.repeat(64), { clip: Float32Array.of(1, 0), dino: Float32Array.of(1) }]]);
    const stop = new AbortController();
    let handled = 0;
    const handle = async () => {
      if (handled++ === 0) await redis.config('SET', 'maxmemory', '1');
      return { vectors, faults: [] };
    };
    const working = queue.work(handle, { concurrency: 1, signal: stop.signal });
    const first = queue.submit({ run: 'run', encoderIds, images });
    while (handled === 0) await pause(10);
    const second = queue.submit({ run: 'run', encoderIds, images });
    await pause(LOST_AFTER_MS * 3);
    const messages = () => logger.events.map(({ message }) => message);
    expect(messages()).toContain(`The queue at ${full.url} is full: waiting for room; raise maxmemory there`);
    expect((await queue.results(encoderIds, ['a'.repeat(64)])).size).toBe(0);
    await redis.config('SET', 'maxmemory', '0');
    // Its worker could not say that it lives; what it has made is there all the same.
    expect((await first).kind).toMatch(/^(finished|lost)$/);
    expect((await second).kind).toBe('finished');
    expect([...(await queue.results(encoderIds, ['a'.repeat(64)])).keys()]).toEqual(['a'.repeat(64)]);
    expect(messages()).toContain(`The queue at ${full.url} has room again`);
    stop.abort();
    await working;
    redis.disconnect();
  });

  test('a server that drops data is refused, and a wrong password told without it', async () => {
    await using dropping = await RedisServer.start('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru');
    await expect(openWorkQueue({ url: dropping.url, logger, lostAfterMs: 1_000 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('set maxmemory-policy noeviction'),
    });
    await using closed = await RedisServer.start('--requirepass', 'correct');
    const wrong = openWorkQueue({ url: closed.url, password: 'guessed-secret', logger, lostAfterMs: 1_000 });
    const error: unknown = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE', message: expect.stringContaining('WRONGPASS') });
    expect(String(error)).not.toContain('guessed-secret');
    await using queue = await openWorkQueue({ url: closed.url, password: 'correct', logger, lostAfterMs: 1_000 });
    expect((await queue.count()).workers).toBe(0);
  });

  test('where nothing answers, it is said what to do', async () => {
    const away = openWorkQueue({ url: 'redis://127.0.0.1:1/3', logger, lostAfterMs: 1_000 });
    await expect(away).rejects.toMatchObject({
      code: 'QUEUE_UNREACHABLE',
      message: expect.stringMatching(/redis:\/\/127\.0\.0\.1:1\/3 does not answer .*: start Redis there/),
    });
  });
});
