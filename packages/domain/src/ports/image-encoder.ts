import type { ItemError } from '../errors.js';
import type { DecodedImage } from './image-decoder.js';

/** One image as its encoder's model wants it. Only the encoder that made it can read it. */
export interface PreprocessedImage {
  /** In the order of `dims`; moved, not copied, when it is encoded: use it once. */
  readonly data: Float32Array | Uint8Array;
  /** Without the batch dimension, such as `[3, 224, 224]`. */
  readonly dims: readonly number[];
}

/** What became of one image of a batch. */
export type EncodeOutcome = Float32Array | ItemError;

/** What runs, for reports. */
export interface EncoderModel {
  /** As configured, such as `openai/clip-vit-base-patch32` or `builtin/colour-layout`. */
  readonly name: string;
  /** Lower-case hex SHA-256 of the model file. */
  readonly sha256: string;
  readonly precision: string;
  /** The device that really runs it, such as `cpu`. */
  readonly device: string;
}

/**
 * Turns images into unit vectors.
 *
 * Guarantees: the vector of an image does not depend on the other images of its batch, nor on the
 * size of the batch; the same image gives the same vector in every run on the same machine.
 */
export interface ImageEncoder {
  /** Differs whenever weights, preprocessing, precision or pooling differ: vectors of two ids never mix. */
  readonly id: string;
  readonly dimensions: number;
  readonly model: EncoderModel;

  /**
   * For one image; concurrent calls are safe, and the image is only read.
   *
   * @throws ItemError `IMAGE_INVALID` when the image cannot be brought to the model's size.
   */
  preprocess(image: DecodedImage): Promise<PreprocessedImage>;

  /**
   * One vector of length 1 for each image, in the order given; an empty batch gives none. An image that
   * the model gives no direction (NaN, or length 0) has an `ENCODE_FAILED` error in its vector's place,
   * and the others are unaffected. The images' data may have been moved away when this returns.
   *
   * @throws FashionMatchError `ENCODER_FAILED` when the batch could not be encoded at all.
   */
  encode(batch: readonly PreprocessedImage[]): Promise<EncodeOutcome[]>;
}
