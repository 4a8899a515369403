import { Worker } from 'node:worker_threads';

import { FATAL_CODES, FashionMatchError, ITEM_CODES, ItemError, reasonOf } from '@fashionmatch/domain';
import pTimeout from 'p-timeout';

import type { WorkerFault, WorkerJob, WorkerReply, WorkerResult } from './onnx-worker-protocol.js';

/** Right from the sources as well as from the built files. */
const WORKER_FILE = new URL('../../dist/onnx/onnx-worker.js', import.meta.url);

interface Waiting {
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: Error) => void;
  readonly deadlineMs: number;
}

/**
 * The thread that a model runs in. It never keeps the process alive unless a job is under way. It is asked to end
 * and never terminated: terminating a thread within a run aborts the whole process.
 */
export class OnnxWorkerClient {
  readonly #worker = new Worker(WORKER_FILE, { execArgv: [] });
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #failure: Error | undefined;

  constructor() {
    this.#worker.on('message', ({ id, result }: WorkerReply) => {
      const waiting = this.#waiting.get(id);
      this.#forget(id);
      if (result.name === 'fault') waiting?.reject(errorOf(result));
      else waiting?.resolve(result);
    });
    this.#worker.on('error', (error) => {
      this.#fail(failed(`The encoder's thread failed: ${reasonOf(error)}`, error));
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(failed('The encoder has been closed.'));
        resolve();
      });
    });
    this.#worker.unref();
  }

  /**
   * @param moved Buffers that are given away with the job.
   * @param deadlineMs for this job alone; those before it have their own time.
   * @throws FashionMatchError as the job ended, or `ENCODER_FAILED` when the thread has ended or is late.
   */
  async run(job: WorkerJob, moved: readonly ArrayBuffer[], deadlineMs: number): Promise<WorkerResult> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = ++this.#lastId;
    const allowedMs = [...this.#waiting.values()].reduce((sum, waiting) => sum + waiting.deadlineMs, deadlineMs);
    const result = new Promise<WorkerResult>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, deadlineMs });
    });
    try {
      this.#worker.ref();
      this.#worker.postMessage({ id, job }, moved);
      return await pTimeout(result, {
        milliseconds: allowedMs,
        message: failed(
          `The encoder did not answer within ${String(Math.round(allowedMs / 1000))} s: the machine may be overloaded.`,
        ),
      });
    } finally {
      this.#forget(id);
    }
  }

  /** Lets the thread finish what it has and end. @returns whether it ended in time. */
  async close(deadlineMs: number): Promise<boolean> {
    const close: WorkerJob = { name: 'close' };
    this.#worker.ref();
    this.#worker.postMessage({ id: ++this.#lastId, job: close });
    return pTimeout(this.#ended, { milliseconds: deadlineMs }).then(
      () => true,
      () => {
        this.#worker.unref();
        return false;
      },
    );
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** A thread's result is of another kind than its job. */
export function unexpectedAnswer(): FashionMatchError {
  return new FashionMatchError('ENCODER_FAILED', "The encoder's thread gave an answer to another question.");
}

/** The error that the fault was in its thread. */
function errorOf({ code, message }: WorkerFault): Error {
  const itemCode = ITEM_CODES.find((known) => known === code);
  if (itemCode !== undefined) return new ItemError(itemCode, message);
  return new FashionMatchError(FATAL_CODES.find((known) => known === code) ?? 'ENCODER_FAILED', message);
}

function failed(message: string, cause?: unknown): FashionMatchError {
  return new FashionMatchError('ENCODER_FAILED', message, { cause });
}
