import {
  EMBEDDING_SPACES,
  ItemError,
  lengthOf,
  perSpace,
  UNIT_LENGTH_TOLERANCE,
  type DualEmbedding,
  type JobOutcome,
  type Logger,
  type PerSpace,
  type ProgressReporter,
  type StoredItem,
  type WorkQueue,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { EncoderHandle } from '../hybrid-scorer.js';
import { asTheyCome } from './as-they-come.js';
import type { Encoded, Encoding, OnFault } from './encode-here.js';
import type { ImagesGivenOut } from '../working/images-given-out.js';
import { FEWEST_JOBS, QueueWatch } from './queue-watch.js';

/** Where images are encoded in place of this process. */
export interface Spread {
  /** Of the store: what an earlier run of it has left is taken up. */
  readonly run: string;
  /** Called when there is something to encode; the same queue each time. */
  open(): Promise<WorkQueue>;
  /** Told which images workers have. */
  readonly givenOut: ImagesGivenOut;
}

export interface EncodeElsewhereOptions {
  readonly spread: Spread;
  readonly handles: PerSpace<EncoderHandle>;
  readonly logger: Logger;
  /** Told how much there is in the queue. */
  readonly progress: ProgressReporter;
  /** Stops it: what is under way stays in the queue for the next run. */
  readonly signal?: AbortSignal | undefined;
}

interface Target {
  readonly target: StoredItem;
}

const MOST_IMAGES = 64;
/** A run of the encoders: fewer take as long. */
const FEWEST_IMAGES = 8;
/** A job that cannot be done is divided by that, twice, until the image at fault is alone. */
const PARTS = 8;
/** How many workers may fail on one image alone. */
const ATTEMPTS = 3;

/** Gives images to the workers of a queue, and takes their vectors from it as they come. */
export function encodeElsewhere<Of extends Target>(options: EncodeElsewhereOptions): Encoding<Of> {
  return (images, onFault, toCome) => new Spreading(options, onFault).encode(keysOf(images), toCome);
}

/** The bytes are read again where they are encoded. */
async function* keysOf<Of>(images: AsyncIterable<{ readonly of: Of }>): AsyncGenerator<Of> {
  for await (const { of } of images) yield of;
}

class Spreading<Of extends Target> {
  readonly #options: EncodeElsewhereOptions;
  readonly #encoderIds: PerSpace<string>;
  readonly #onFault: OnFault<Of>;
  #queue: Promise<WorkQueue> | undefined;
  #watch: QueueWatch | undefined;
  /** Resolves when no image is being tried again by itself. */
  #suspect: Promise<unknown> = Promise.resolve();

  constructor(options: EncodeElsewhereOptions, onFault: OnFault<Of>) {
    this.#options = options;
    this.#encoderIds = perSpace((space) => options.handles[space].id);
    this.#onFault = onFault;
  }

  async *encode(images: AsyncIterable<Of>, toCome: () => number): AsyncGenerator<readonly Encoded<Of>[]> {
    const work = async (group: readonly Of[]): Promise<readonly Encoded<Of>[]> => this.#begin(group);
    // The queue is opened by the first of them, which the others are not to wait for.
    const jobsAhead = (): number => this.#watch?.jobsAhead ?? FEWEST_JOBS;
    // Towards the end they become smaller, so that all workers end at about the same time.
    const size = (): number => Math.min(MOST_IMAGES, Math.max(FEWEST_IMAGES, Math.ceil(toCome() / jobsAhead())));
    try {
      for await (const encoded of asTheyCome(batches(images, size), jobsAhead, work)) {
        yield encoded;
        // Whoever asks for more has stored these.
        await (await this.#options.spread.open()).forget(this.#encoderIds, encoded.map(hashOf));
      }
    } finally {
      this.#watch?.[Symbol.dispose]();
    }
  }

  async #begin(group: readonly Of[]): Promise<readonly Encoded<Of>[]> {
    const { signal } = this.#options;
    try {
      this.#queue ??= this.#open();
      return await this.#encode(await this.#queue, group, 1);
    } catch (error) {
      if (signal?.aborted) return [];
      throw error;
    }
  }

  /** What an earlier run has left is finished, or taken back, so that nothing is encoded twice. */
  async #open(): Promise<WorkQueue> {
    const { spread, logger, progress, signal } = this.#options;
    const queue = await spread.open();
    this.#watch = new QueueWatch(queue, logger, progress);
    await queue.cancel(spread.run, signal);
    return queue;
  }

  async #encode(queue: WorkQueue, group: readonly Of[], attempt: number): Promise<Encoded<Of>[]> {
    const found = await this.#found(queue, group);
    const missing = missingIn(group, found);
    const outcome = missing.length > 0 ? await this.#submit(queue, missing) : undefined;
    if (outcome === undefined) return found;
    if (outcome.kind === 'gone') return [...found, ...(await this.#encode(queue, missing, attempt))];
    if (outcome.kind !== 'finished') return [...found, ...(await this.#tryAgain(queue, missing, attempt, outcome))];
    const made = await this.#found(queue, missing);
    const faults = new Map(outcome.faults.map((fault) => [fault.contentSha256, fault]));
    const forgotten: Of[] = [];
    for (const of of missingIn(missing, made)) {
      const fault = faults.get(hashOf({ of }));
      if (fault) await this.#onFault(of, new ItemError(fault.code, fault.reason), fault.stage);
      else forgotten.push(of);
    }
    return [...found, ...made, ...(await this.#tryAgain(queue, forgotten, attempt, outcome))];
  }

  /** Undefined when the run was stopped. */
  async #submit(queue: WorkQueue, images: readonly Of[]): Promise<JobOutcome | undefined> {
    const { spread, signal } = this.#options;
    const list = images.map(({ target: { provenance } }) => {
      return { contentSha256: provenance.contentSha256, path: provenance.filePath };
    });
    const given = spread.givenOut.give(list);
    try {
      return await queue.submit({ run: spread.run, encoderIds: this.#encoderIds, images: list }, signal);
    } catch (error) {
      if (signal?.aborted) return undefined;
      throw error;
    } finally {
      given[Symbol.dispose]();
    }
  }

  async #tryAgain(
    queue: WorkQueue,
    images: readonly Of[],
    attempt: number,
    outcome: JobOutcome,
  ): Promise<Encoded<Of>[]> {
    const [first] = images;
    if (first === undefined) return [];
    if (images.length > 1) {
      const size = Math.ceil(images.length / PARTS);
      const parts = Array.from({ length: PARTS }, (_, i) => images.slice(i * size, (i + 1) * size));
      const encoded = await Promise.all(
        parts.filter((part) => part.length > 0).map((part) => this.#encode(queue, part, 1)),
      );
      return encoded.flat();
    }
    const again = (): Promise<Encoded<Of>[]> => this.#encode(queue, images, attempt + 1);
    if (attempt === 1) return this.#oneAtATime(again);
    if (attempt < ATTEMPTS) return again();
    await this.#onFault(first, new ItemError('ENCODE_FAILED', reasonOf(outcome)), 'encode');
    return [];
  }

  /** A worker has several jobs at once: two images that are tried again could bring down each other's workers. */
  #oneAtATime<T>(run: () => Promise<T>): Promise<T> {
    const running = this.#suspect.then(run);
    this.#suspect = running.catch(() => undefined);
    return running;
  }

  /** Those whose vectors are there, and are such as the encoders give. */
  async #found(queue: WorkQueue, images: readonly Of[]): Promise<Encoded<Of>[]> {
    const hashes = images.map((of) => hashOf({ of }));
    const vectors = await queue.results(this.#encoderIds, hashes);
    return images.flatMap((of) => {
      const embeddings = vectors.get(hashOf({ of }));
      return embeddings && this.#isSound(embeddings) ? [{ of, embeddings }] : [];
    });
  }

  #isSound(embeddings: DualEmbedding): boolean {
    return EMBEDDING_SPACES.every((space) => {
      const vector = embeddings[space];
      const isOfLength1 = Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE;
      return vector.length === this.#options.handles[space].dimensions && isOfLength1;
    });
  }
}

function hashOf({ of }: { readonly of: Target }): string {
  return of.target.provenance.contentSha256;
}

function missingIn<Of extends Target>(images: readonly Of[], found: readonly Encoded<Of>[]): Of[] {
  const there = new Set(found.map(({ of }) => of));
  return images.filter((of) => !there.has(of));
}

function reasonOf(outcome: JobOutcome): string {
  if (outcome.kind === 'failed') return `${String(ATTEMPTS)} workers could not encode it: ${outcome.reason}`;
  if (outcome.kind === 'lost') return `${String(ATTEMPTS)} workers were lost while they had it, and nothing else`;
  return 'what the workers gave was not what the encoders give';
}
