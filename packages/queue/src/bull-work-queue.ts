import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import {
  FashionMatchError,
  type DualEmbedding,
  type JobOutcome,
  type PerSpace,
  type WorkCounts,
  type WorkJob,
  type WorkOptions,
  type WorkQueue,
  type WorkResult,
} from '@fashionmatch/domain';
import { Queue, QueueEvents, WaitingError, Worker, type Job, type JobType } from 'bullmq';
import type { Redis } from 'ioredis';

import { fromJobData, fromReturned, runOf, toJobData } from './job-form.js';
import { JobNews } from './job-news.js';
import { PREFIX, QUEUE } from './queue-names.js';
import { connectRedis, whenThereIsRoom, type RedisOptions } from './redis.js';
import { fromValue, toValue } from './vector-value.js';

export interface WorkQueueOptions extends RedisOptions {
  /** How long a worker may give no sign of life. Milliseconds. */
  readonly lostAfterMs: number;
}

const KEPT_SECONDS = 24 * 60 * 60;
/** What BullMQ says of a job whose worker was lost. */
const LOST = 'job stalled more than allowable limit';
/** Events come at once; they are lost when Redis restarts. */
const LOOK_AGAIN_MS = 2_000;
const RETRY_MS = 1_000;
/** How often lost workers are looked for while one is being lost. Redis takes whole milliseconds alone, and BullMQ looks no more after an error. */
const LOOKS = 3;
/** How long BullMQ waits for a job at once, and lingers when a worker has ended. */
const WAIT_SECONDS = 1;
const POLL_MS = 100;

/** @throws FashionMatchError `QUEUE_UNREACHABLE`, `CONFIG_INVALID` */
export async function openWorkQueue(options: WorkQueueOptions): Promise<WorkQueue & AsyncDisposable> {
  return new BullWorkQueue(await connectRedis(options), options);
}

type Handle = (job: WorkJob) => Promise<WorkResult>;

/** Jobs in a queue of BullMQ; vectors beside it, each under the hash of what it is the vector of. */
class BullWorkQueue implements WorkQueue, AsyncDisposable {
  readonly #redis: Redis;
  readonly #options: WorkQueueOptions;
  readonly #queue: Queue;
  readonly #workers = new Set<Worker>();
  readonly #connections: Redis[] = [];
  /** Emits the id of each job that something has happened to. */
  readonly #changes = new EventEmitter();
  #events: QueueEvents | undefined;

  constructor(redis: Redis, options: WorkQueueOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix: PREFIX });
    this.#queue.on('error', this.#onError);
  }

  async submit(job: WorkJob, signal?: AbortSignal): Promise<JobOutcome> {
    signal?.throwIfAborted();
    this.#listen();
    const id = randomUUID();
    using news = new JobNews(this.#changes, id);
    const keep = { age: KEPT_SECONDS };
    const options = { jobId: id, removeOnComplete: keep, removeOnFail: keep };
    await whenThereIsRoom(() => this.#queue.add(QUEUE, toJobData(job), options), this.#options, signal);
    for (;;) {
      const outcome = await this.#outcomeOf(id);
      if (outcome) return outcome;
      await news.next(LOOK_AGAIN_MS, signal);
    }
  }

  async results(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<Map<string, DualEmbedding>> {
    const found = new Map<string, DualEmbedding>();
    if (contentHashes.length === 0) return found;
    const values = await this.#redis.mgetBuffer(contentHashes.map((hash) => keyOf(encoderIds, hash)));
    for (const [i, hash] of contentHashes.entries()) {
      const value = values[i];
      const vectors = value && fromValue(value);
      if (vectors) found.set(hash, vectors);
    }
    return found;
  }

  async forget(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<void> {
    if (contentHashes.length > 0) await this.#redis.unlink(contentHashes.map((hash) => keyOf(encoderIds, hash)));
  }

  async cancel(run: string, signal?: AbortSignal): Promise<number> {
    const waiting = await this.#jobsOf(run, ['wait']);
    const cancelled = await this.#remove(waiting);
    // What a living worker has is locked, and cannot be removed before it is done.
    for (;;) {
      const others = await this.#jobsOf(run, ['active', 'completed', 'failed']);
      if ((await this.#remove(others)) === others.length) return cancelled;
      await pause(POLL_MS, undefined, { signal });
    }
  }

  async count(): Promise<WorkCounts> {
    const { waiting = 0, active = 0 } = await this.#queue.getJobCounts('waiting', 'active');
    return { waiting, active, workers: await this.#queue.getWorkersCount() };
  }

  async secretOf(run: string): Promise<string> {
    const key = `${PREFIX}:secret:${run}`;
    for (;;) {
      const secret = randomBytes(32).toString('base64url');
      await whenThereIsRoom(() => this.#redis.set(key, secret, 'EX', KEPT_SECONDS, 'NX'), this.#options);
      const kept = await this.#redis.get(key);
      // Its day may end in between.
      if (kept !== null) return kept;
    }
  }

  async work(handle: Handle, { concurrency, signal, drainMs }: WorkOptions): Promise<void> {
    const unfit = new AbortController();
    const underWay = new Set<Job>();
    const process = async (taken: Job, token?: string): Promise<unknown> => {
      underWay.add(taken);
      try {
        return await this.#do(fromJobData(taken.data), handle);
      } catch (error) {
        if (!(error instanceof FashionMatchError)) throw error;
        await taken.moveToWait(token);
        unfit.abort(error);
        throw new WaitingError(error.message);
      } finally {
        underWay.delete(taken);
      }
    };
    const lostAfterMs = Math.ceil(this.#options.lostAfterMs);
    const worker = new Worker(QUEUE, process, {
      ...{ connection: this.#connect(), prefix: PREFIX, concurrency },
      ...{ lockDuration: lostAfterMs, stalledInterval: Math.ceil(lostAfterMs / LOOKS), maxStalledCount: 0 },
      ...{ runRetryDelay: RETRY_MS, drainDelay: WAIT_SECONDS },
    });
    // An error, such as that Redis is full, ends BullMQ's looking for lost workers.
    let looking: NodeJS.Timeout | undefined;
    worker.on('error', (error) => {
      this.#onError(error);
      looking ??= setTimeout(() => {
        looking = undefined;
        worker.startStalledCheckTimer().catch(this.#onError);
      }, RETRY_MS);
    });
    this.#workers.add(worker);
    const ended = AbortSignal.any([signal, unfit.signal]);
    if (!ended.aborted) await once(ended, 'abort');
    await within(worker.close(), drainMs);
    // Nobody is to wait for a worker that is known to have left.
    for (const job of underWay) await job.moveToWait(job.token).catch(() => undefined);
    // Its connections, too, when it has not come to an end.
    await worker.disconnect().catch(() => undefined);
    clearTimeout(looking);
    this.#workers.delete(worker);
    if (unfit.signal.aborted) throw unfit.signal.reason;
  }

  /** Ends at once: jobs that are being worked on are lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) await worker.close(true);
    await this.#events?.close();
    await this.#queue.close();
    for (const redis of [...this.#connections, this.#redis]) redis.disconnect();
  }

  async #do(job: WorkJob, handle: Handle): Promise<unknown> {
    const { vectors, faults } = await handle(job);
    // While Redis is away or full this waits, and so does the worker.
    await whenThereIsRoom(async () => {
      const writing = this.#redis.pipeline();
      for (const [hash, made] of vectors) {
        writing.set(keyOf(job.encoderIds, hash), toValue(made), 'EX', KEPT_SECONDS);
      }
      for (const [error] of (await writing.exec()) ?? []) if (error) throw error;
    }, this.#options);
    return { faults };
  }

  async #jobsOf(run: string, states: JobType[]): Promise<Job[]> {
    return (await this.#queue.getJobs(states)).filter((job) => runOf(job.data) === run);
  }

  async #remove(jobs: readonly Job[]): Promise<number> {
    const removed = await Promise.allSettled(jobs.map((job) => job.remove()));
    return removed.filter(({ status }) => status === 'fulfilled').length;
  }

  /** Undefined as long as there is none. */
  async #outcomeOf(id: string): Promise<JobOutcome | undefined> {
    const state = await this.#queue.getJobState(id);
    if (state === 'unknown') return { kind: 'gone' };
    if (state !== 'completed' && state !== 'failed') return undefined;
    const job = await this.#queue.getJob(id);
    await job?.remove();
    if (!job) return { kind: 'gone' };
    if (state === 'completed') return { kind: 'finished', ...fromReturned(job.returnvalue) };
    return job.failedReason === LOST ? { kind: 'lost' } : { kind: 'failed', reason: job.failedReason };
  }

  #listen(): void {
    if (this.#events) return;
    this.#events = new QueueEvents(QUEUE, { connection: this.#connect(), prefix: PREFIX });
    this.#events.on('error', this.#onError);
    const onChange = ({ jobId }: { readonly jobId: string }): unknown => this.#changes.emit(jobId);
    for (const name of ['completed', 'failed'] as const) this.#events.on(name, onChange);
  }

  /** A connection more: BullMQ waits on each of them. */
  #connect(): Redis {
    const redis = this.#redis.duplicate();
    this.#connections.push(redis);
    redis.on('error', this.#onError);
    return redis;
  }

  readonly #onError = (error: Error): void => {
    this.#options.logger.debug(`The queue: ${error.message}`);
  };
}

function keyOf({ clip, dino }: PerSpace<string>, contentSha256: string): string {
  const encoders = createHash('sha256')
    .update(JSON.stringify([clip, dino]))
    .digest('hex');
  return `${PREFIX}:vectors:${encoders.slice(0, 32)}:${contentSha256}`;
}

/** Waits for `work`, and no longer than that. */
async function within(work: Promise<unknown>, milliseconds: number | undefined): Promise<void> {
  const timer = new AbortController();
  const overdue = pause(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  await (milliseconds === undefined ? work : Promise.race([work, overdue]));
  timer.abort();
}
