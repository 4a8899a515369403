import assert from 'node:assert/strict';

import { dot, lengthOf, UNIT_LENGTH_TOLERANCE } from '../embedding.js';
import { ItemError } from '../errors.js';
import type { ImageEncoder, PreprocessedImage } from '../ports/image-encoder.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';
import { sampleImage } from './sample-images.js';

/** Two computations of one vector may differ by rounding, not by direction. */
const SAME_DIRECTION = 0.99999;

/** What every {@link ImageEncoder} guarantees. */
export function imageEncoderContract(test: DeclareTest, open: Open<ImageEncoder>): void {
  const check = (name: string, run: (encoder: ImageEncoder) => Promise<void>): unknown =>
    test(`image encoder: ${name}`, () => withOpened(open(), run));

  const preprocess = (encoder: ImageEncoder, seed: number): Promise<PreprocessedImage> =>
    encoder.preprocess(sampleImage(120 + 10 * seed, 200, seed));

  const encode = async (encoder: ImageEncoder, batch: PreprocessedImage[]): Promise<Float32Array[]> => {
    const outcomes = await encoder.encode(batch);
    return outcomes.map((outcome) => {
      assert.ok(!(outcome instanceof ItemError), String(outcome));
      return outcome;
    });
  };

  const encodeOne = async (encoder: ImageEncoder, seed: number): Promise<Float32Array> => {
    const [vector] = await encode(encoder, [await preprocess(encoder, seed)]);
    assert.ok(vector);
    return vector;
  };

  check('says what it is', (encoder) => {
    assert.ok(encoder.id.length > 0);
    assert.ok(Number.isInteger(encoder.dimensions) && encoder.dimensions > 0);
    assert.ok(encoder.model.name.length > 0);
    assert.ok(encoder.model.device.length > 0);
    assert.ok(encoder.model.precision.length > 0);
    assert.match(encoder.model.sha256, /^[0-9a-f]{64}$/);
    return Promise.resolve();
  });

  check('gives unit vectors of its dimensions, one for each image', async (encoder) => {
    const batch = await Promise.all([1, 2, 3].map((seed) => preprocess(encoder, seed)));
    const vectors = await encode(encoder, batch);
    assert.equal(vectors.length, 3);
    for (const vector of vectors) {
      assert.equal(vector.length, encoder.dimensions);
      assert.ok(Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE);
    }
  });

  check('an empty batch gives nothing', async (encoder) => {
    assert.deepEqual(await encoder.encode([]), []);
  });

  check('keeps the order, and a vector does not depend on its batch', async (encoder) => {
    const seeds = [1, 2, 3, 4, 5];
    const alone: Float32Array[] = [];
    for (const seed of seeds) alone.push(await encodeOne(encoder, seed));
    const together = await encode(encoder, await Promise.all(seeds.map((seed) => preprocess(encoder, seed))));
    for (const [i, vector] of together.entries()) assert.ok(dot(vector, alone[i] ?? []) >= SAME_DIRECTION);
  });

  check('different images give different vectors', async (encoder) => {
    assert.ok(dot(await encodeOne(encoder, 1), await encodeOne(encoder, 2)) < SAME_DIRECTION);
  });

  check('the same image gives the same numbers', async (encoder) => {
    assert.deepEqual([...(await encodeOne(encoder, 1))], [...(await encodeOne(encoder, 1))]);
  });

  check('concurrent batches do not disturb each other', async (encoder) => {
    const expected = await encodeOne(encoder, 2);
    const [, second] = await Promise.all([1, 2, 3].map((seed) => encodeOne(encoder, seed)));
    assert.ok(dot(second ?? [], expected) >= SAME_DIRECTION);
  });

  check('takes images of any shape, a single pixel too', async (encoder) => {
    for (const [width, height] of [
      [1, 1],
      [2000, 3],
      [3, 900],
      [224, 224],
    ] as const) {
      const [vector] = await encode(encoder, [await encoder.preprocess(sampleImage(width, height, 4))]);
      assert.ok(Math.abs(lengthOf(vector ?? []) - 1) <= UNIT_LENGTH_TOLERANCE);
    }
  });

  check('a plain image has a vector too', async (encoder) => {
    for (const level of [0, 128, 255]) {
      const data = new Uint8Array(60 * 40 * 3).fill(level);
      const [vector] = await encode(encoder, [await encoder.preprocess({ width: 60, height: 40, data })]);
      assert.ok(Math.abs(lengthOf(vector ?? []) - 1) <= UNIT_LENGTH_TOLERANCE);
    }
  });

  check('preprocessing only reads the image', async (encoder) => {
    const image = sampleImage(50, 40, 6);
    const before = Buffer.from(image.data).toString('base64');
    await encoder.encode(await Promise.all([encoder.preprocess(image), encoder.preprocess(image)]));
    assert.equal(Buffer.from(image.data).toString('base64'), before);
  });
}
