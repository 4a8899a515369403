import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import type { DeviceSet, UsedDevice } from './devices.js';
import type { Turns } from './encoding-turns.js';
import { OnnxWorkerClient, unexpectedAnswer } from './onnx-worker-client.js';
import type { OpenJob, OpenResult, OpenTextJob, WorkerJob, WorkerResult } from './onnx-worker-protocol.js';

/** Loading 350 MB from a slow disk, or compiling kernels for a GPU, takes its time. */
const OPEN_DEADLINE_MS = 180_000;
const CLOSE_DEADLINE_MS = 30_000;

/** Told of a device that could not be opened, or failed, while there are others. */
export type OnLeftOut = (device: UsedDevice, reason: string) => void;

interface Waiting {
  readonly resolve: (worker: OnnxWorkerClient) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Threads with the same model, which take jobs as they become free. There is one until a job has to wait for it; or one for
 * each of several devices.
 */
export class OnnxWorkerPool {
  readonly opened: OpenResult;
  readonly #job: OpenJob | OpenTextJob;
  readonly #most: number;
  readonly #workers = new Map<OnnxWorkerClient, UsedDevice>();
  readonly #idle: OnnxWorkerClient[];
  /** Told of a thread that became free, in the order in which they asked. */
  readonly #waiting: Waiting[] = [];
  /** Takes what is left out; undefined where one device is all that there is to be. */
  readonly #onLeftOut: OnLeftOut | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<boolean> | undefined;
  /** Why another thread could not be opened: it is an error for all that is asked from then on. */
  #failure: Error | undefined;

  private constructor(
    opened: readonly OpenedWorker[],
    first: OpenResult,
    job: OpenJob | OpenTextJob,
    { most, onLeftOut }: { readonly most: number; readonly onLeftOut?: OnLeftOut },
  ) {
    for (const { worker, result } of opened) this.#workers.set(worker, result.device);
    this.#idle = [...this.#workers.keys()];
    this.opened = first;
    this.#job = { ...job, devices: [first.device] };
    this.#most = most;
    this.#onLeftOut = onLeftOut;
  }

  /**
   * Opens the model on the first device that works; where that is the CPU, in up to so many threads.
   *
   * @throws FashionMatchError `MODEL_INVALID`, `DEVICE_UNAVAILABLE` or `ENCODER_FAILED`; no thread is left then.
   */
  static async open(job: OpenJob | OpenTextJob, mostOnCpu: number): Promise<OnnxWorkerPool> {
    const worker = new OnnxWorkerClient();
    try {
      const result = await openIn(worker, job);
      return new OnnxWorkerPool([{ worker, result }], result, job, { most: result.device === 'cpu' ? mostOnCpu : 1 });
    } catch (error) {
      await worker.close(CLOSE_DEADLINE_MS);
      throw error;
    }
  }

  /**
   * Opens the model on each of the devices, one after the other; those that it cannot run on are left out.
   *
   * @throws FashionMatchError of the first one, when there is none that works.
   */
  static async openTogether(
    job: OpenJob,
    { devices, untilNone }: DeviceSet,
    onLeftOut: OnLeftOut,
  ): Promise<OnnxWorkerPool> {
    const opened: OpenedWorker[] = [];
    const faults: { readonly device: UsedDevice; readonly error: unknown }[] = [];
    for (const device of devices) {
      const worker = new OnnxWorkerClient();
      try {
        opened.push({ worker, result: await openIn(worker, { ...job, devices: [device] }) });
      } catch (error) {
        await worker.close(CLOSE_DEADLINE_MS);
        faults.push({ device, error });
        if (untilNone) break;
      }
    }
    const [first] = opened;
    if (!first) throw faults[0]?.error;
    if (!untilNone) for (const { device, error } of faults) onLeftOut(device, reasonOf(error));
    return new OnnxWorkerPool(opened, first.result, job, { most: opened.length, onLeftOut });
  }

  /** Those that run the model, as often as they do. */
  get devices(): readonly UsedDevice[] {
    return this.#onLeftOut ? [...this.#workers.values()] : [this.opened.device];
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
    const ended = await Promise.all([...this.#workers.keys()].map((worker) => worker.close(CLOSE_DEADLINE_MS)));
    return ended.every(Boolean);
  }

  async #runOnFree(job: WorkerJob, moved: readonly ArrayBuffer[], deadlineMs: number): Promise<WorkerResult> {
    for (;;) {
      const worker = this.#idle.pop() ?? (await this.#nextFree());
      try {
        // What may have to be done again elsewhere is copied and not given away.
        return await worker.run(job, this.#onLeftOut ? [] : moved, deadlineMs);
      } catch (error) {
        if (!this.#onLeftOut || !(error instanceof FashionMatchError)) throw error;
        this.#leaveOut(worker, error);
      } finally {
        if (this.#workers.has(worker)) this.#free(worker);
      }
    }
  }

  /** @throws FashionMatchError `DEVICE_UNAVAILABLE` when it was the last one. */
  #leaveOut(worker: OnnxWorkerClient, error: FashionMatchError): void {
    const device = this.#workers.get(worker);
    this.#workers.delete(worker);
    const closing = worker.close(CLOSE_DEADLINE_MS).finally(() => this.#underWay.delete(closing));
    this.#underWay.add(closing);
    if (device) this.#onLeftOut?.(device, error.message);
    if (this.#workers.size > 0) return;
    this.#failure = new FashionMatchError(
      'DEVICE_UNAVAILABLE',
      `No device is left: the last one, ${String(device)}, failed too (${error.message}). See models.device.`,
      { cause: error },
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    throw this.#failure;
  }

  /** A thread that becomes free, or one more. */
  #nextFree(): Promise<OnnxWorkerClient> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#workers.size < this.#most && !this.#onLeftOut) this.#openAnother();
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  #openAnother(): void {
    const worker = new OnnxWorkerClient();
    this.#workers.set(worker, this.opened.device);
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
    if (next) next.resolve(worker);
    else this.#idle.push(worker);
  }
}

interface OpenedWorker {
  readonly worker: OnnxWorkerClient;
  readonly result: OpenResult;
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
