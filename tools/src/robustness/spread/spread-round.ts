import { setTimeout as delay } from 'node:timers/promises';

import type { PerSpace } from '@fashionmatch/domain';
import { openWorkQueue } from '@fashionmatch/queue';
import { FinishedJobs, RedisServer } from '@fashionmatch/queue/testing';

import type { FashionmatchProcess } from '../../end-to-end/running/fashionmatch-process.js';
import { summaryOf } from '../embed-outcome.js';
import { endOf, fashionmatchOn, type Ingest } from '../kills/killed-run.js';
import { differencesBetween, readStoreContents, type StoreContents } from '../store-contents.js';

/** What is done to a run that is spread over workers. */
export const DISTURBANCES = [
  'nothing',
  'workers killed',
  'worker frozen',
  'Redis restarted',
  'coordinator killed',
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

export interface Round {
  readonly disturbance: Disturbance;
  /** How often something was killed. */
  readonly kills: number;
  readonly seconds: number;
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
}

export interface RoundOptions {
  readonly disturbance: Disturbance;
  readonly ingest: Ingest;
  readonly items: number;
  /** When it is, after workers have begun. */
  readonly afterMs: number;
  /** How long Redis is away. */
  readonly redisAwayMs: number;
  /** What one process makes of the same images. */
  readonly expected: { readonly contents: StoreContents; readonly encoderIds: PerSpace<string> };
}

const WORKERS = 4;
const KILL_EVERY_MS = 2_000;
const LOST_AFTER_MS = 2_000;
const POLL_MS = 50;
const DEADLINE_MS = 120_000;

/** Spreads one run over four workers, disturbs it, and compares the store. */
export async function spreadAndDisturb({ ingest, expected, ...options }: RoundOptions): Promise<Round> {
  const startedAt = performance.now();
  await using redis = await RedisServer.start();
  await using run = new SpreadRun(ingest, redis);
  const kills = await disturb(run, options);
  const summary = summaryOf(await endOf(run.coordinator, DEADLINE_MS));
  const faults: string[] = [];
  if (summary?.exitCode !== 0) faults.push(`The coordinator ended with ${String(summary?.exitCode)}.`);
  const encoded = await run.stopWorkers();
  const encodesOnce = options.disturbance === 'nothing' || options.disturbance === 'coordinator killed';
  if (encodesOnce && encoded !== options.items) {
    faults.push(`${String(encoded)} images were encoded of ${String(options.items)}.`);
  }
  const contents = await readStoreContents(ingest.store, expected.encoderIds);
  faults.push(...differencesBetween(expected.contents, contents));
  return { disturbance: options.disturbance, kills, seconds: (performance.now() - startedAt) / 1000, faults };
}

/** @returns how often something was killed. */
async function disturb(
  run: SpreadRun,
  { disturbance, afterMs, redisAwayMs }: Pick<RoundOptions, 'disturbance' | 'afterMs' | 'redisAwayMs'>,
): Promise<number> {
  if (disturbance === 'nothing') return 0;
  if (disturbance === 'workers killed') {
    using finished = new FinishedJobs(run.redis.url);
    let kills = 0;
    while (await run.isGoingOn(KILL_EVERY_MS)) {
      // On a busy machine all would be killed before they have done anything.
      if ((await finished.more()) === 0) continue;
      run.replaceWorker(kills % WORKERS);
      kills++;
    }
    return kills;
  }
  // Before that, there is nothing that a restart could interrupt: who starts without a queue ends.
  await run.untilAllWork();
  if (!(await run.isGoingOn(afterMs))) return 0;
  if (disturbance === 'worker frozen') {
    run.freezeWorker();
  } else if (disturbance === 'Redis restarted') {
    await run.redis.stop();
    await delay(redisAwayMs);
    await run.redis.start();
  } else await run.replaceCoordinator();
  return 1;
}

class SpreadRun implements AsyncDisposable {
  coordinator: FashionmatchProcess;
  readonly redis: RedisServer;
  readonly #ingest: Ingest;
  readonly #workers: FashionmatchProcess[];

  constructor(ingest: Ingest, redis: RedisServer) {
    this.#ingest = ingest;
    this.redis = redis;
    this.coordinator = this.#start('embed');
    this.#workers = Array.from({ length: WORKERS }, () => this.#start('worker'));
  }

  /** Waits that long, and says whether there is anything left to disturb. */
  isGoingOn(afterMs: number): Promise<boolean> {
    return Promise.race([this.coordinator.outcome.then(() => false), delay(afterMs, true)]);
  }

  /** Waits until all workers are there, unless the run ends before. */
  async untilAllWork(): Promise<void> {
    await using queue = await openWorkQueue({ url: this.redis.url, lostAfterMs: LOST_AFTER_MS, logger: console });
    while ((await queue.count()).workers < WORKERS && (await this.isGoingOn(POLL_MS)));
  }

  /** It is overtaken by the others, and gets on when it is to end. */
  freezeWorker(): void {
    this.#workers[0]?.child.kill('SIGSTOP');
  }

  replaceWorker(place: number): void {
    this.#workers[place]?.child.kill('SIGKILL');
    this.#workers[place] = this.#start('worker');
  }

  async replaceCoordinator(): Promise<void> {
    this.coordinator.child.kill('SIGKILL');
    await this.coordinator.outcome;
    this.coordinator = this.#start('embed');
  }

  /** @returns how many images those have encoded that are there. */
  async stopWorkers(): Promise<number> {
    let encoded = 0;
    for (const worker of this.#workers) {
      worker.child.kill('SIGCONT');
      worker.child.kill('SIGTERM');
    }
    for (const worker of this.#workers) {
      const { stdout } = await endOf(worker, DEADLINE_MS);
      encoded += Number(/"encoded_images":(\d+)/.exec(stdout)?.[1]);
    }
    return encoded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of [this.coordinator, ...this.#workers]) {
      process.child.kill('SIGKILL');
      await process.outcome;
    }
  }

  #start(command: 'embed' | 'worker'): FashionmatchProcess {
    const env = {
      FASHIONMATCH_QUEUE__URL: this.redis.url,
      FASHIONMATCH_QUEUE__LOST_AFTER_S: String(LOST_AFTER_MS / 1_000),
    };
    return fashionmatchOn(this.#ingest, [command, '--json'], { env });
  }
}
