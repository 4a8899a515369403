import {
  EMBEDDING_SPACES,
  FashionMatchError,
  ItemError,
  reasonOf,
  type DualEmbedding,
  type ImageDecoder,
  type ItemCode,
  type ItemStage,
  type WorkCounts,
  type WorkFault,
  type WorkImage,
  type WorkJob,
  type WorkOptions,
  type WorkQueue,
  type WorkResult,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { sha256Of } from '../embedding/content-hash.js';
import { encodeHere, type ImageOf, type OnFault } from '../embedding/encode-here.js';
import { StageClock, STAGES, type Stage, type StageTime } from '../embedding/stage-clock.js';
import type { HybridScorer } from '../hybrid-scorer.js';

/**
 * The bytes of an image that a job names, whose hash is checked by whoever asks.
 *
 * @throws ItemError for this image; FashionMatchError when this machine has no way to such images.
 */
export type ReadWorkImage = (image: WorkImage, job: WorkJob) => Promise<Uint8Array>;

export interface EncodingWorkerOptions {
  readonly queue: WorkQueue;
  readonly scorer: HybridScorer;
  readonly decoder: ImageDecoder;
  readonly read: ReadWorkImage;
  /** Images an encoding call. */
  readonly batchSize: number;
  /** Images decoded at once. */
  readonly decodeConcurrency: number;
}

/** What a worker has done. */
export interface WorkerCounts {
  readonly jobs: number;
  readonly images: number;
  readonly faults: number;
  /** How many of the faults have each code. */
  readonly faultCodes: Readonly<Partial<Record<ItemCode, number>>>;
}

/** Files read ahead of their decoding. */
const READ_AHEAD = 4;
/** A worker on which so many jobs fail, one after the other, is not fit for any. */
const FAILURES_IN_A_ROW = 3;

/** Encodes what a queue has to encode. */
export class EncodingWorker {
  readonly #options: EncodingWorkerOptions;
  readonly #clock = new StageClock();
  #counts: WorkerCounts = { jobs: 0, images: 0, faults: 0, faultCodes: {} };
  #failuresInARow = 0;

  constructor(options: EncodingWorkerOptions) {
    this.#options = options;
  }

  get counts(): WorkerCounts {
    return this.#counts;
  }

  /** How long each stage was at work. */
  get stages(): readonly (StageTime & { readonly stage: Stage })[] {
    return STAGES.map((stage) => ({ stage, ...this.#clock.of(stage) }));
  }

  /** How much there is to do in its queue, and who does it. While the queue is away this waits for it. */
  countWork(): Promise<WorkCounts> {
    return this.#options.queue.count();
  }

  /**
   * Works until the signal aborts; the models are loaded before the first job.
   *
   * @throws FashionMatchError `ENCODER_MISMATCH` when work of other encoders is asked for, and whatever else makes this
   *   machine unfit for it.
   */
  async work(options: WorkOptions): Promise<void> {
    await this.#options.scorer.encoders();
    await this.#options.queue.work((job) => this.#do(job), options);
  }

  async #do(job: WorkJob): Promise<WorkResult> {
    this.#requireSameEncoders(job);
    try {
      const result = await this.#encode(job);
      this.#failuresInARow = 0;
      this.#count(result);
      return result;
    } catch (error) {
      const isOfJob = !(error instanceof FashionMatchError) || error.code === 'ENCODER_FAILED';
      if (!isOfJob || ++this.#failuresInARow >= FAILURES_IN_A_ROW) throw error;
      throw new Error(reasonOf(error), { cause: error });
    }
  }

  #count({ vectors, faults }: WorkResult): void {
    const before = this.#counts;
    const faultCodes = { ...before.faultCodes };
    for (const { code } of faults) faultCodes[code] = (faultCodes[code] ?? 0) + 1;
    this.#counts = {
      jobs: before.jobs + 1,
      images: before.images + vectors.size,
      faults: before.faults + faults.length,
      faultCodes,
    };
  }

  #requireSameEncoders({ encoderIds }: WorkJob): void {
    const { handles } = this.#options.scorer;
    for (const space of EMBEDDING_SPACES) {
      if (encoderIds[space] === handles[space].id) continue;
      throw new FashionMatchError(
        'ENCODER_MISMATCH',
        `The queue asks for vectors of ${encoderIds[space]}, and this worker has ${handles[space].id}: give it the models that the coordinator has.`,
      );
    }
  }

  async #encode(job: WorkJob): Promise<WorkResult> {
    const vectors = new Map<string, DualEmbedding>();
    const faults: WorkFault[] = [];
    const onFault = ({ contentSha256 }: WorkImage, error: unknown, stage: ItemStage): void => {
      if (!(error instanceof ItemError)) throw error;
      faults.push({ contentSha256, stage, code: error.code, reason: reasonOf(error) });
    };
    const encode = encodeHere<WorkImage>({ ...this.#options, clock: this.#clock });
    for await (const batch of encode(this.#read(job, onFault), onFault, () => job.images.length)) {
      for (const { of, embeddings } of batch) vectors.set(of.contentSha256, embeddings);
    }
    return { vectors, faults };
  }

  async *#read(job: WorkJob, onFault: OnFault<WorkImage>): AsyncGenerator<ImageOf<WorkImage>> {
    const read = async (of: WorkImage): Promise<ImageOf<WorkImage> | undefined> => {
      try {
        const bytes = await this.#options.read(of, job);
        if ((await sha256Of(bytes)) === of.contentSha256) return { of, bytes };
        throw new ItemError('IMAGE_UNREADABLE', 'it has changed since it was listed: run again');
      } catch (error) {
        await onFault(of, error, 'decode');
        return undefined;
      }
    };
    for await (const image of pMapIterable(job.images, read, { concurrency: READ_AHEAD })) {
      if (image) yield image;
    }
  }
}
