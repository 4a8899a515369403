import {
  ItemError,
  type DualEmbedding,
  type ImageDecoder,
  type ItemStage,
  type PerSpace,
  type PreprocessedImage,
} from '@fashionmatch/domain';
import { pMapIterable } from 'p-map';

import { batches } from '../batches.js';
import type { HybridScorer } from '../hybrid-scorer.js';
import type { StageClock } from './stage-clock.js';
import { withinGrace } from './within-grace.js';

/** An image, and what it is the image of. */
export interface ImageOf<Of> {
  readonly of: Of;
  readonly bytes: Uint8Array;
}

export interface Encoded<Of> {
  readonly of: Of;
  readonly embeddings: DualEmbedding;
}

/** Takes what is wrong with an image. @throws what is wrong with more than that. */
export type OnFault<Of> = (of: Of, error: unknown, stage: ItemStage) => void | Promise<void>;

/**
 * Takes images, and gives the vectors of those that have no fault, in batches.
 *
 * @param toCome How many more images there may be, at most.
 */
export type Encoding<Of> = (
  images: AsyncIterable<ImageOf<Of>>,
  onFault: OnFault<Of>,
  toCome: () => number,
) => AsyncIterable<readonly Encoded<Of>[]>;

export interface EncodeHereOptions {
  readonly decoder: ImageDecoder;
  readonly scorer: HybridScorer;
  /** Told how long each stage is at work. */
  readonly clock: StageClock;
  /** Images an encoding call. */
  readonly batchSize: number;
  /** Images decoded at once. */
  readonly decodeConcurrency: number;
  /** Stops it: what is being encoded is still given. */
  readonly signal?: AbortSignal | undefined;
}

/** One batch that is being encoded, and one that waits for it: more would only take memory. */
const ENCODING_AT_ONCE = 2;

interface ReadyImage<Of> {
  readonly of: Of;
  readonly pixels: PerSpace<PreprocessedImage>;
}

/** Decodes and encodes in this process, both at the same time, each pulling from what comes before it. */
export function encodeHere<Of>(options: EncodeHereOptions): Encoding<Of> {
  return (images, onFault) => {
    const ready = pMapIterable(images, (image) => prepare(image, onFault, options), {
      concurrency: options.decodeConcurrency,
    });
    // Two batches at a time, each encoder taking them in turn: the faster of the two need not wait for the other.
    return pMapIterable(batches(present(ready), options.batchSize), (batch) => encode(batch, onFault, options), {
      concurrency: ENCODING_AT_ONCE,
    });
  };
}

async function prepare<Of>(
  { of, bytes }: ImageOf<Of>,
  onFault: OnFault<Of>,
  { clock, decoder, scorer, signal }: EncodeHereOptions,
): Promise<ReadyImage<Of> | undefined> {
  if (signal?.aborted) return undefined;
  try {
    const decoding = clock.time('decode', 1, () => decoder.decode(bytes));
    const decoded = await withinGrace(decoding, signal);
    if (decoded === undefined) return undefined;
    await clock.time('load', 0, () => scorer.encoders());
    return { of, pixels: await clock.time('preprocess', 1, () => scorer.preprocess(decoded)) };
  } catch (error) {
    await onFault(of, error, 'decode');
    return undefined;
  }
}

async function encode<Of>(
  batch: readonly ReadyImage<Of>[],
  onFault: OnFault<Of>,
  { clock, scorer, signal }: EncodeHereOptions,
): Promise<Encoded<Of>[]> {
  if (signal?.aborted) return [];
  const images = batch.map(({ pixels }) => pixels);
  const encoding = scorer.encodePreprocessed(images, (space, run) => clock.time(space, images.length, run));
  const outcomes = await withinGrace(encoding, signal);
  if (outcomes === undefined) return [];
  const encoded: Encoded<Of>[] = [];
  for (const [i, { of }] of batch.entries()) {
    const embeddings = outcomes[i];
    if (embeddings !== undefined && !(embeddings instanceof ItemError)) encoded.push({ of, embeddings });
    else await onFault(of, embeddings, 'encode');
  }
  return encoded;
}

async function* present<T>(items: AsyncIterable<T | undefined>): AsyncGenerator<T> {
  for await (const item of items) if (item !== undefined) yield item;
}
