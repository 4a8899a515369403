import { QueueEvents } from 'bullmq';

import { PREFIX, QUEUE } from '../queue-names.js';

/** Counts the jobs that workers finish, to see whether a run gets on. */
export class FinishedJobs implements AsyncDisposable {
  readonly #events: QueueEvents;
  #count = 0;

  private constructor(url: string) {
    this.#events = new QueueEvents(QUEUE, { connection: { url }, prefix: PREFIX });
    // The connection comes back by itself.
    this.#events.on('error', () => undefined);
    this.#events.on('completed', () => this.#count++);
  }

  /** Those that are finished from now on. */
  static async watch(url: string): Promise<FinishedJobs> {
    const jobs = new FinishedJobs(url);
    await jobs.#events.waitUntilReady();
    return jobs;
  }

  get count(): number {
    return this.#count;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#events.close();
  }
}
