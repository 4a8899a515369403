import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { openWorkQueue } from '@fashionmatch/queue';
import { RedisServer } from '@fashionmatch/queue/testing';
import { z } from 'zod';

import { writeBenchData, type BenchData } from './bench-data.js';
import { FashionmatchProcess } from '../end-to-end/running/fashionmatch-process.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { medianOf } from '../scale/median.js';

/**
 * What spreading a run over workers costs, photographs of 1200 × 1600 through the real architectures (random weights): two
 * workers with one thread each against one process with two, in turn, and what goes over the network for an image:
 * `node tools/dist/bench/measure-queue.js [--images 512] [--rounds 3]`. Takes the `redis-server` on the PATH. Fails when the workers
 * do less than 0.92 of what the process does, or an image takes more than 12 KB. Counts from the first image, models loaded.
 */
const LEAST_RATIO = 0.92;
const MOST_BYTES = 12_000;
const WORKERS = 2;

/** What is read of a run's document. */
const timesOf = z.object({
  total: z.object({ duration_seconds: z.number() }),
  profile: z.object({ stages: z.record(z.string(), z.object({ seconds: z.number() })) }),
});

const { values } = parseArgs({
  options: { images: { type: 'string', default: '512' }, rounds: { type: 'string', default: '3' } },
});
const images = Number(values.images);

const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-queue-'));
try {
  const data = await writeBenchData(directory, images);
  const ratios: number[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const alone = await encodeAlone(data, `alone-${String(round)}`);
    const { perSecond, bytes } = await encodeSpread(data, `spread-${String(round)}`);
    ratios.push(perSecond / alone);
    const traffic = (bytes / images / 1_000).toFixed(1);
    process.stdout.write(
      `${alone.toFixed(2)} images/s alone, ${perSecond.toFixed(2)} spread (${(perSecond / alone).toFixed(3)}), ${traffic} KB an image\n`,
    );
    if (bytes / images > MOST_BYTES) process.exitCode = 1;
  }
  const median = medianOf(ratios);
  process.stdout.write(`workers do ${median.toFixed(3)} times as much as one process\n`);
  if (!(median >= LEAST_RATIO)) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}

function command(
  { modelsDirectory, imagesDirectory }: BenchData,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): FashionmatchProcess {
  return new FashionmatchProcess([...args, '--json', '--log-level', 'error'], directory, {
    FASHIONMATCH_MODELS__CLIP_MODEL: join(modelsDirectory, 'clip-vit-base-patch32'),
    FASHIONMATCH_MODELS__DINO_MODEL: join(modelsDirectory, 'dinov2-small'),
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: imagesDirectory,
    ...env,
  });
}

function embed(data: BenchData, store: string, env: Readonly<Record<string, string>>): FashionmatchProcess {
  const args = ['embed', '--mode', 'references', '--profile', '--no-progress'];
  return command(data, args, { FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: join(directory, store), ...env });
}

/** @returns images a second. */
async function encodeAlone(data: BenchData, store: string): Promise<number> {
  return rateOf(embed(data, store, { FASHIONMATCH_MODELS__THREADS: String(WORKERS) }));
}

async function encodeSpread(data: BenchData, store: string): Promise<{ perSecond: number; bytes: number }> {
  await using redis = await RedisServer.start();
  const env = { FASHIONMATCH_QUEUE__URL: redis.url, FASHIONMATCH_MODELS__THREADS: '1' };
  const workers = Array.from({ length: WORKERS }, () => command(data, ['worker'], env));
  {
    await using queue = await openWorkQueue({ url: redis.url, lostAfterMs: 10_000, logger: console });
    while ((await queue.count()).workers < WORKERS) await pause(100);
  }
  const before = await redis.networkBytes();
  const perSecond = await rateOf(embed(data, store, env));
  const bytes = (await redis.networkBytes()) - before;
  for (const worker of workers) {
    worker.child.kill('SIGTERM');
    await worker.outcome;
  }
  return { perSecond, bytes };
}

/** Loading the models does not count: workers have done that. */
async function rateOf(run: FashionmatchProcess): Promise<number> {
  const outcome = await run.outcome;
  const summary = summaryOf(outcome);
  if (summary?.processed !== images) throw new Error(`Not all images were stored: ${outcome.stderr}`);
  const { total, profile } = timesOf.parse(JSON.parse(outcome.stdout));
  return images / (total.duration_seconds - (profile.stages['load']?.seconds ?? 0));
}
