import type { EncoderModel } from './image-encoder.js';

/**
 * Turns texts into unit vectors of the space that an image encoder of the same model fills: a text lies close to
 * the images that it describes. (Not named after the `TextEncoder` of every JavaScript runtime, which makes bytes.)
 *
 * Guarantees: the vector of a text does not depend on the other texts of its batch; the same text gives the same
 * vector in every run on the same machine.
 */
export interface TextTower {
  /** Differs whenever weights, tokenizer or precision differ. */
  readonly id: string;
  readonly dimensions: number;
  readonly model: EncoderModel;

  /**
   * One vector of length 1 for each text, in the order given; an empty batch gives none. What is longer than the
   * model reads is left out.
   *
   * @throws FashionMatchError `USAGE_INVALID` when a text is blank or unreasonably long, `ENCODER_FAILED` when the
   *   batch could not be encoded.
   */
  encode(texts: readonly string[]): Promise<Float32Array[]>;
}
