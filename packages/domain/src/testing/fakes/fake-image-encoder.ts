import { normalise } from '../../embedding.js';
import { ItemError } from '../../errors.js';
import type { DecodedImage } from '../../ports/image-decoder.js';
import type { EncodeOutcome, EncoderModel, ImageEncoder, PreprocessedImage } from '../../ports/image-encoder.js';

/** Average colours of a grid, as deterministic as any encoder and free of models. Counts what it encodes. */
export class FakeImageEncoder implements ImageEncoder {
  readonly id: string;
  readonly dimensions: number;
  readonly model: EncoderModel;
  /** Images encoded so far. */
  encodedImages = 0;

  constructor(dimensions: number, id = `fake-${String(dimensions)}`) {
    this.id = id;
    this.dimensions = dimensions;
    this.model = { name: id, sha256: '0'.repeat(64), precision: 'fp32', device: 'cpu' };
  }

  preprocess({ data }: DecodedImage): Promise<PreprocessedImage> {
    const sums = new Float32Array(this.dimensions);
    for (let i = 0; i < data.length; i++) {
      const cell = Math.floor((i * this.dimensions) / data.length);
      sums[cell] = (sums[cell] ?? 0) + (data[i] ?? 0) * (1 + (i % 3));
    }
    return Promise.resolve({ data: sums, dims: [this.dimensions] });
  }

  encode(batch: readonly PreprocessedImage[]): Promise<EncodeOutcome[]> {
    this.encodedImages += batch.length;
    return Promise.resolve(
      batch.map(({ data }): EncodeOutcome => {
        if (data.includes(NaN)) return new ItemError('ENCODE_FAILED', 'the image has no direction');
        // The 1 keeps a black image from having none.
        return normalise(Float32Array.from(data, (sum) => sum + 1));
      }),
    );
  }
}
