import { FashionMatchError } from '@fashionmatch/domain';

import type { Turns } from './encoding-turns.js';
import { OnnxWorkerClient, unexpectedAnswer } from './onnx-worker-client.js';
import type { OpenJob, OpenResult, OpenTextJob, WorkerJob, WorkerResult } from './onnx-worker-protocol.js';

/** Loading 350 MB from a slow disk, or compiling kernels for a GPU, takes its time. */
const OPEN_DEADLINE_MS = 180_000;
const CLOSE_DEADLINE_MS = 30_000;

/** Threads with the same model, which take jobs as they become free. There is one until a job has to wait for it. */
export class OnnxWorkerPool {
  readonly opened: OpenResult;
  readonly #job: OpenJob | OpenTextJob;
  readonly #most: number;
  readonly #workers: OnnxWorkerClient[];
  readonly #idle: OnnxWorkerClient[];
  /** Told of a thread that became free, in the order in which they asked. */
  readonly #waiting: ((worker: OnnxWorkerClient) => void)[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<boolean> | undefined;
  /** Why another thread could not be opened: it is an error for all that is asked from then on. */
  #failure: Error | undefined;

  private constructor(worker: OnnxWorkerClient, opened: OpenResult, job: OpenJob | OpenTextJob, most: number) {
    this.#workers = [worker];
    this.#idle = [worker];
    this.opened = opened;
    this.#job = { ...job, devices: [opened.device] };
    this.#most = opened.device === 'cpu' ? most : 1;
  }

  /**
   * Opens the model on the first device that works; where that is the CPU, in up to so many threads.
   *
   * @throws FashionMatchError `MODEL_INVALID`, `DEVICE_UNAVAILABLE` or `ENCODER_FAILED`; no thread is left then.
   */
  static async open(job: OpenJob | OpenTextJob, mostOnCpu: number): Promise<OnnxWorkerPool> {
    const worker = new OnnxWorkerClient();
    try {
      return new OnnxWorkerPool(worker, await openIn(worker, job), job, mostOnCpu);
    } catch (error) {
      await worker.close(CLOSE_DEADLINE_MS);
      throw error;
    }
  }

  /**
   * Has the next free thread do a job.
   *
   * @param moved Buffers that are given away with the job.
   * @param deadlineMs from when a thread begins.
   * @param turns When it may begin; at once unless given.
   * @throws as {@link OnnxWorkerClient.run} does.
   */
  async run(
    job: WorkerJob,
    moved: readonly ArrayBuffer[],
    deadlineMs: number,
    turns: Turns = (run) => run(),
  ): Promise<WorkerResult> {
    if (this.#closing) throw new FashionMatchError('ENCODER_FAILED', 'The encoder has been closed.');
    if (this.#failure !== undefined) throw this.#failure;
    const result = turns(() => this.#runOnFree(job, moved, deadlineMs));
    this.#underWay.add(result);
    try {
      return await result;
    } finally {
      this.#underWay.delete(result);
    }
  }

  /** Lets the threads finish what they were given, and end. @returns whether all of them ended in time. */
  close(): Promise<boolean> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<boolean> {
    await Promise.allSettled(this.#underWay);
    const ended = await Promise.all(this.#workers.map((worker) => worker.close(CLOSE_DEADLINE_MS)));
    return ended.every(Boolean);
  }

  async #runOnFree(job: WorkerJob, moved: readonly ArrayBuffer[], deadlineMs: number): Promise<WorkerResult> {
    const worker = this.#idle.pop() ?? (await this.#nextFree());
    try {
      return await worker.run(job, moved, deadlineMs);
    } finally {
      this.#free(worker);
    }
  }

  /** A thread that becomes free, or one more. */
  #nextFree(): Promise<OnnxWorkerClient> {
    if (this.#workers.length < this.#most) this.#openAnother();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #openAnother(): void {
    const worker = new OnnxWorkerClient();
    this.#workers.push(worker);
    const opening = openIn(worker, this.#job)
      .then(() => {
        this.#free(worker);
      })
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : unexpectedAnswer();
      })
      .finally(() => this.#underWay.delete(opening));
    this.#underWay.add(opening);
  }

  #free(worker: OnnxWorkerClient): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }
}

async function openIn(worker: OnnxWorkerClient, job: OpenJob | OpenTextJob): Promise<OpenResult> {
  const result = await worker.run(job, [], OPEN_DEADLINE_MS);
  if (result.name !== 'open') throw unexpectedAnswer();
  return result;
}

/** Says in the error which model it is about, since a thread knows files only. */
export function aboutModel(name: string, error: unknown): unknown {
  return error instanceof FashionMatchError ? new FashionMatchError(error.code, `${name}: ${error.message}`) : error;
}
