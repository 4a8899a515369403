import {
  EMBEDDING_SPACES,
  fuse,
  ItemError,
  normaliseWeights,
  perSpace,
  perSpaceAsync,
  type DecodedImage,
  type DualEmbedding,
  type EmbeddingSpace,
  type EncodeOutcome,
  type EncoderFingerprint,
  type EncoderModel,
  type FusedHit,
  type FusionWeights,
  type ImageEncoder,
  type PerSpace,
  type PreprocessedImage,
} from '@fashionmatch/domain';

/** An encoder that is known but not loaded yet: a run in which nothing is new never loads a model. */
export interface EncoderHandle extends EncoderFingerprint {
  /** As far as it is known before it is loaded: the device is the one asked for. */
  readonly model: EncoderModel;
  open(): Promise<ImageEncoder & Partial<AsyncDisposable>>;
}

/** The handle of an encoder that is open already. */
export function openedHandle(encoder: ImageEncoder): EncoderHandle {
  const { id, dimensions, model } = encoder;
  return { id, dimensions, model, open: () => Promise.resolve(encoder) };
}

/** What encodes one space, for reports. */
export interface EncoderReport {
  readonly id: string;
  readonly sha256: string;
  readonly dimensions: number;
  readonly precision: string;
  readonly device: string;
}

export type AroundEncoding = (
  space: EmbeddingSpace,
  encode: () => Promise<EncodeOutcome[]>,
) => Promise<EncodeOutcome[]>;

/** The two encoders side by side, and the weights that fuse their scores. */
export class HybridScorer implements AsyncDisposable {
  /** Sum 1. */
  readonly weights: FusionWeights;
  readonly handles: PerSpace<EncoderHandle>;
  #opening: Promise<PerSpace<ImageEncoder & Partial<AsyncDisposable>>> | undefined;
  #opened: PerSpace<ImageEncoder> | undefined;

  constructor(handles: PerSpace<EncoderHandle>, weights: FusionWeights) {
    this.handles = handles;
    this.weights = normaliseWeights(weights);
  }

  /** Both encoders; opened at the first call, together, and shared by all later ones. */
  encoders(): Promise<PerSpace<ImageEncoder>> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** The models; the device that really runs them once they are loaded. */
  describe(): PerSpace<EncoderReport> {
    return perSpace((space) => {
      const { id, dimensions, model } = this.#opened?.[space] ?? this.handles[space];
      const { sha256, precision, device } = model;
      return { id, sha256, dimensions, precision, device };
    });
  }

  /** Ends the encoders, if they were opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    for (const space of EMBEDDING_SPACES) await opened?.[space][Symbol.asyncDispose]?.();
  }

  async #open(): Promise<PerSpace<ImageEncoder & Partial<AsyncDisposable>>> {
    const [clip, dino] = await Promise.allSettled([this.handles.clip.open(), this.handles.dino.open()]);
    if (clip.status === 'fulfilled' && dino.status === 'fulfilled') {
      this.#opened = { clip: clip.value, dino: dino.value };
      return this.#opened;
    }
    // One alone is of no use, and would keep its worker running.
    for (const one of [clip, dino]) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]?.();
    throw [clip, dino].find((one) => one.status === 'rejected')?.reason;
  }

  /** One image, as each of the two models wants it. */
  async preprocess(image: DecodedImage): Promise<PerSpace<PreprocessedImage>> {
    const encoders = await this.encoders();
    return perSpaceAsync((space) => encoders[space].preprocess(image));
  }

  /**
   * Both embeddings of each image, in order; an image that an encoder gives no vector has that encoder's
   * error in its place. The images' data is used up.
   *
   * @param around Called for each encoder, to time it for example; it must call what it is given.
   */
  async encodePreprocessed(
    images: readonly PerSpace<PreprocessedImage>[],
    around: AroundEncoding = (_, encode) => encode(),
  ): Promise<(DualEmbedding | ItemError)[]> {
    const encoders = await this.encoders();
    const { clip, dino } = await perSpaceAsync((space) =>
      around(space, () => encoders[space].encode(images.map((image) => image[space]))),
    );
    return images.map((_, i) => {
      const [forClip, forDino] = [clip[i], dino[i]];
      if (!forClip || !forDino) throw new RangeError('An encoder gave fewer vectors than it was given images');
      if (forClip instanceof ItemError) return forClip;
      return forDino instanceof ItemError ? forDino : { clip: forClip, dino: forDino };
    });
  }

  /**
   * Both embeddings of each image, in order.
   *
   * @throws ItemError when an image cannot be encoded.
   */
  async encodeDual(images: readonly DecodedImage[]): Promise<DualEmbedding[]> {
    const outcomes = await this.encodePreprocessed(await Promise.all(images.map((image) => this.preprocess(image))));
    return outcomes.map((outcome) => {
      if (outcome instanceof ItemError) throw outcome;
      return outcome;
    });
  }

  /** Scores a stored embedding against a query's. */
  score(itemId: string, query: DualEmbedding, stored: DualEmbedding): FusedHit {
    return fuse(itemId, query, stored, this.weights);
  }
}
