import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, hasRedisServer, RedisServer } from '@fashionmatch/queue/testing';
import { expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { BUILT_IN, FashionmatchProcess } from './running/fashionmatch-process.js';

const IMAGES = 200;

(hasRedisServer() ? test : test.skip)(
  'a worker without a way to the images gets them from the coordinator, also when that is started again',
  async () => {
    await using redis = await RedisServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-fetch-'));
    const { referencesDirectory } = await writeDistinctImages(folder, IMAGES);
    const port = String(await freePort());
    const coordinator = (): FashionmatchProcess => {
      const where = ['--references-dir', referencesDirectory, '--queue', redis.url, '--serve-images', port];
      return new FashionmatchProcess(['embed', '--mode', 'references', ...where, '--json'], folder, BUILT_IN);
    };
    const from = `http://127.0.0.1:${port}`;
    // Below another folder, in which there is nothing.
    const elsewhere = await mkdtemp(join(tmpdir(), 'fashionmatch-elsewhere-'));
    const worker = new FashionmatchProcess(['worker', '--queue', redis.url, '--fetch', from, '--json'], elsewhere, {
      ...BUILT_IN,
    });
    const first = coordinator();
    await new Promise<void>((resolve) => {
      first.child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('Workers get the images')) resolve();
      });
    });
    first.child.kill('SIGKILL');
    await first.outcome;
    const second = await coordinator().outcome;
    worker.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await worker.outcome;
    expect([summaryOf(second), second.stderr]).toMatchObject([{ exitCode: 0 }, expect.stringContaining('127.0.0.1')]);
    expect(exitCode).toBe(143);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', encoded_images: IMAGES / 2, failed_images: 0 });
    expect(stderr).not.toContain(elsewhere);
    for (const used of [folder, elsewhere]) await rm(used, { recursive: true });
  },
);
