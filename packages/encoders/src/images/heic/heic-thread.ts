import { Worker } from 'node:worker_threads';

import type { HeicReply, HeicRequest } from './heic-protocol.js';

/** Right from the sources as well as from the built files. */
const WORKER_FILE = new URL('../../../dist/images/heic/heic-worker.js', import.meta.url);

/** A thread with libheif in it. It keeps the process alive from the first question until `rest`. */
export class HeicThread {
  readonly #worker = new Worker(WORKER_FILE, { execArgv: [] });
  #answer: ((reply: HeicReply) => void) | undefined;
  #fail: ((reason: Error) => void) | undefined;
  #failure: Error | undefined;

  constructor() {
    this.#worker.on('message', (reply: HeicReply) => this.#answer?.(reply));
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
    // Follows every error, too.
    this.#worker.on('exit', () => {
      this.#failure ??= new Error('The thread has ended');
      this.#fail?.(this.#failure);
    });
  }

  /** One question at a time. @throws Error when the thread ends before it answers: then it answers nothing any more. */
  ask(request: HeicRequest): Promise<HeicReply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#answer = resolve;
      this.#fail = reject;
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  /** The process may end now. */
  rest(): void {
    this.#worker.unref();
  }

  /** Wherever it is: nothing of WebAssembly outlives its thread. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
