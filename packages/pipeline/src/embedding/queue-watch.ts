import { reasonOf, type Logger, type ProgressReporter, type WorkQueue } from '@fashionmatch/domain';

const LOOK_EVERY_MS = 2_000;
/** How many looks apart two lines of the log are. */
const TELL_EVERY = 5;
/** A worker has some jobs at once, and more are to wait for it. */
const JOBS_A_WORKER = 4;
/** So many there may be before it is known who works. */
export const FEWEST_JOBS = 8;
/** Their vectors wait in Redis: 64 × 3.5 KB each. */
const MOST_JOBS = 1_024;

/** Looks after a queue during a run: who works, and how far ahead of them jobs may be. */
export class QueueWatch implements Disposable {
  readonly #queue: WorkQueue;
  readonly #logger: Logger;
  readonly #progress: ProgressReporter;
  readonly #timer: NodeJS.Timeout;
  #workers = 0;
  #looks = 0;

  constructor(queue: WorkQueue, logger: Logger, progress: ProgressReporter) {
    this.#queue = queue;
    this.#logger = logger;
    this.#progress = progress;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    void this.#look();
  }

  /** How many jobs there may be. */
  get jobsAhead(): number {
    return Math.min(MOST_JOBS, Math.max(FEWEST_JOBS, this.#workers * JOBS_A_WORKER));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const counts = await this.#queue.count();
      const { workers, active, waiting } = counts;
      this.#workers = workers;
      this.#progress.report({ type: 'queue-counted', counts });
      if (this.#looks++ % TELL_EVERY !== 0) return;
      if (workers === 0) this.#logger.warn('No worker is there: start some with "fashionmatch worker --queue"');
      else this.#logger.info('Encoding elsewhere', { workers, active_jobs: active, waiting_jobs: waiting });
    } catch (error) {
      this.#logger.debug(`The queue cannot be counted: ${reasonOf(error)}`);
    }
  }
}
