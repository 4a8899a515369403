import type { DualEmbedding, PerSpace } from '../embedding.js';
import type { ItemCode, ItemStage } from '../errors.js';

/** One image that is to be encoded elsewhere. */
export interface WorkImage {
  /** Lower-case hex SHA-256 of its bytes: what its vectors are known by. */
  readonly contentSha256: string;
  /** Absolute, on the machine that gives the work. */
  readonly path: string;
}

/** Images that one worker takes at once. */
export interface WorkJob {
  /** Whose work it is: the jobs of a store have the same in all of its runs. */
  readonly run: string;
  /** The encoders whose vectors are wanted. */
  readonly encoderIds: PerSpace<string>;
  readonly images: readonly WorkImage[];
}

/** Why one image of a job has no vectors. */
export interface WorkFault {
  readonly contentSha256: string;
  readonly stage: ItemStage;
  readonly code: ItemCode;
  /** One sentence. */
  readonly reason: string;
}

/** What a worker made of a job: vectors or a fault of each image. */
export interface WorkResult {
  /** By content hash. */
  readonly vectors: ReadonlyMap<string, DualEmbedding>;
  readonly faults: readonly WorkFault[];
}

/** What became of a job. */
export type JobOutcome =
  /** Its vectors are to be had with {@link WorkQueue.results}. */
  | { readonly kind: 'finished'; readonly faults: readonly WorkFault[] }
  /** The worker that had it could not do it. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The worker that had it was not heard of any more. */
  | { readonly kind: 'lost' }
  /** It was cancelled, or the queue has forgotten it: nobody tried it. */
  | { readonly kind: 'gone' };

/** How much there is to do, of all runs together, and who does it. */
export interface WorkCounts {
  readonly waiting: number;
  readonly active: number;
  readonly workers: number;
}

export interface WorkOptions {
  /** Jobs at once. */
  readonly concurrency: number;
  /** Takes no further job. */
  readonly signal: AbortSignal;
  /** How long jobs that are under way then may still take, before they are left to others. Milliseconds. */
  readonly drainMs?: number | undefined;
}

/**
 * Hands jobs to whoever takes them, and vectors back.
 *
 * Guarantees: a job is worked on at least once, or comes to an outcome that says that it was not; one whose worker dies
 * is `lost` after a while. Vectors are kept by encoders and content, whoever made them and for whatever job, bit for bit
 * as they were given, until they are forgotten, or a day has passed. While the queue is away, methods wait for it.
 */
export interface WorkQueue {
  /**
   * Resolves when it is known what became of the job.
   *
   * @throws what `signal` was aborted with; the job stays in the queue then.
   */
  submit(job: WorkJob, signal?: AbortSignal): Promise<JobOutcome>;

  /** The vectors that are there, by content hash. Only what has the form of vectors; whose they are is for the caller to check. */
  results(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<Map<string, DualEmbedding>>;

  /** Drops vectors that are not needed any more; those that are not there are ignored. */
  forget(encoderIds: PerSpace<string>, contentHashes: readonly string[]): Promise<void>;

  /**
   * Takes back the jobs of a run that nobody works on, and waits until nobody works on any other.
   *
   * @returns how many it took back.
   * @throws what `signal` was aborted with.
   */
  cancel(run: string, signal?: AbortSignal): Promise<number>;

  count(): Promise<WorkCounts>;

  /**
   * What only those know who share the queue, such as to tell each other by: the same for all who ask for that run's, until
   * it is forgotten, or a day has passed. 43 letters, digits, `-` and `_`, which nobody can guess.
   */
  secretOf(run: string): Promise<string>;

  /**
   * Works on jobs until the signal aborts, and no longer than `drainMs` after that. What `handle` throws is the job's
   * failure, unless it is a FashionMatchError.
   *
   * @throws FashionMatchError that `handle` has thrown: the job goes back for others.
   */
  work(handle: (job: WorkJob) => Promise<WorkResult>, options: WorkOptions): Promise<void>;
}
