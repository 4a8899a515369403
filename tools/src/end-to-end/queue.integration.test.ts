import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hasRedisServer, RedisServer } from '@fashionmatch/queue/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { fashionmatch, FashionmatchProcess } from './running/fashionmatch-process.js';

const PASSWORD = 'a-secret-of-the-queue';
const IMAGES = 100;

(hasRedisServer() ? describe : describe.skip)('a coordinator and a worker', () => {
  let redis: RedisServer;
  let folder = '';
  const environment = (dinoModel = 'builtin/structure'): Readonly<Record<string, string>> => ({
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: dinoModel,
    FASHIONMATCH_QUEUE__PASSWORD: PASSWORD,
  });
  beforeAll(async () => {
    redis = await RedisServer.start('--requirepass', PASSWORD);
    folder = await mkdtemp(join(tmpdir(), 'fashionmatch-queue-'));
    await writeDistinctImages(folder, IMAGES);
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('the worker reads the images where they are mounted, and refuses work for other models', async () => {
    const [references, mounted] = [join(folder, 'references'), join(folder, 'mounted')];
    await cp(references, mounted, { recursive: true });
    const embed = ['embed', '--mode', 'references', '--references-dir', references, '--queue', redis.url, '--json'];
    const work = ['worker', '--queue', redis.url, '--root', `${references}=${mounted}`, '--json'];
    const coordinator = new FashionmatchProcess(embed, folder, environment());

    const unfit = await fashionmatch(work, folder, environment('builtin/colour-layout'));
    expect(unfit.exitCode).toBe(2);
    expect(JSON.parse(unfit.stdout)).toMatchObject({
      error: {
        code: 'ENCODER_MISMATCH',
        message: expect.stringMatching(/builtin\/structure.*builtin\/colour-layout/),
      },
    });

    const worker = new FashionmatchProcess(work, folder, environment());
    const outcome = await coordinator.outcome;
    worker.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await worker.outcome;
    expect(summaryOf(outcome)).toMatchObject({ exitCode: 0, processed: IMAGES / 2 });
    expect(exitCode).toBe(143);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', encoded_images: IMAGES / 2, failed_images: 0 });
    expect(outcome.stderr + stderr + unfit.stderr).not.toContain(PASSWORD);
  });

  test('a password on the command line is refused, and not repeated', async () => {
    const address = redis.url.replace('//', `//user:${PASSWORD}@`);
    const { exitCode, stdout, stderr } = await fashionmatch(['worker', '--queue', address, '--json'], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('FASHIONMATCH_QUEUE__PASSWORD');
    expect(stdout + stderr).not.toContain(PASSWORD);
  });
});
