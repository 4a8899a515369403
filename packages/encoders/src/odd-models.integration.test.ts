import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ItemError, type ImageEncoder } from '@fashionmatch/domain';
import { RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { openOnnxImageEncoder } from './onnx/onnx-image-encoder.js';
import { constant, FLOAT, FLOAT16, INT64, model, node, value } from './onnx/graph/onnx-messages.test.data.js';
import type { ResolvedModel } from './models/resolved-model.js';

// Models of a few nodes that do what real ones do only on bad days.

/** The mean level of each channel, in `means` [n, 3]. */
const MEANS = [node('ReduceMean', ['pixel_values', 'axes'], 'kept'), node('Squeeze', ['kept', 'axes'], 'means')];
const AXES = constant('axes', INT64, BigInt64Array.of(2n, 3n));

const LOGARITHM = model([...MEANS, node('Log', ['means'], 'image_embeds')], [AXES]);

/** Takes and gives float16. */
const HALF = model([...MEANS, node('Identity', ['means'], 'image_embeds')], [AXES], FLOAT16);

/** Of images and texts: adds the sum of the tokens, which is nothing for the text that stands for one. */
const BOTH = model(
  [
    ...MEANS,
    node('CastLike', ['input_ids', 'means'], 'tokens'),
    node('ReduceSum', ['tokens'], 'sum'),
    node('Squeeze', ['sum'], 'scalar'),
    node('Add', ['means', 'scalar'], 'image_embeds'),
  ],
  [AXES],
  FLOAT,
  [value('input_ids', ['texts', 'length'], INT64), value('attention_mask', ['texts', 'length'], INT64)],
);

const FULL = model([...MEANS, node('Identity', ['means'], 'image_embeds')], [AXES]);

/** Adds the largest level of the whole batch, as dynamic quantisation scales by it. */
const BATCH_DEPENDENT = model(
  [
    ...MEANS,
    node('ReduceMax', ['means'], 'largest'),
    node('Squeeze', ['largest'], 'scalar'),
    node('Mul', ['scalar', 'ramp'], 'ramped'),
    node('Add', ['means', 'ramped'], 'image_embeds'),
  ],
  [AXES, constant('ramp', FLOAT, Float32Array.of(1, 0, 0))],
);

/** Needs 10^(7n) numbers of memory for n images: 40 MB for one, more than any machine addresses for two. */
const HUNGRY = model(
  [
    ...MEANS,
    node('Shape', ['pixel_values'], 'shape'),
    node('Gather', ['shape', 'first'], 'n'),
    node('Pow', ['base', 'n'], 'length'),
    node('ConstantOfShape', ['length'], 'zeros'),
    node('ReduceMax', ['zeros'], 'zero'),
    node('Squeeze', ['zero'], 'scalar'),
    node('Add', ['means', 'scalar'], 'image_embeds'),
  ],
  [AXES, constant('first', INT64, BigInt64Array.of(0n)), constant('base', INT64, BigInt64Array.of(10_000_000n))],
);

jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'odd-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(bytes: Uint8Array, quantised: boolean, logger = new RecordingLogger()) {
  const path = join(folder, `${Math.random()}.onnx`);
  await writeFile(path, bytes);
  const resolved: ResolvedModel = {
    name: folder,
    revision: '',
    precision: 'fp32',
    path,
    sha256: '0'.repeat(64),
    quantised,
    modelType: '',
    dimensions: 3,
    preprocessing: {
      resize: { width: 32, height: 32 },
      inputSize: { width: 32, height: 32 },
      filter: 'bicubic',
      rescale: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
  };
  return openOnnxImageEncoder({ model: resolved, logger, device: 'cpu' });
}

const plain = (level: number) => ({ width: 40, height: 40, data: new Uint8Array(40 * 40 * 3).fill(level) });

const numbers = (outcome: Float32Array | ItemError | undefined) =>
  outcome instanceof Float32Array ? [...outcome] : outcome;

async function encodeEach(encoder: ImageEncoder, seeds: readonly number[]) {
  const vectors = [];
  for (const seed of seeds)
    vectors.push(...(await encoder.encode([await encoder.preprocess(sampleImage(50, 60, seed))])));
  return vectors.map(numbers);
}

async function encodeTogether(encoder: ImageEncoder, seeds: readonly number[]) {
  const batch = await Promise.all(seeds.map((seed) => encoder.preprocess(sampleImage(50, 60, seed))));
  return (await encoder.encode(batch)).map(numbers);
}

test('an image without a direction fails alone', async () => {
  const encoder = await open(LOGARITHM, false);
  // The logarithm of black is infinite.
  const batch = await Promise.all([plain(80), plain(0), plain(200)].map((image) => encoder.preprocess(image)));
  const [first, black, last] = await encoder.encode(batch);
  expect(numbers(first)).toHaveLength(3);
  expect(black).toBeInstanceOf(ItemError);
  expect(black).toMatchObject({ code: 'ENCODE_FAILED' });
  expect(numbers(last)).toHaveLength(3);
  await encoder[Symbol.asyncDispose]();
});

test('a quantised model runs one image at a time, so that no vector depends on its batch', async () => {
  const seeds = [1, 2, 3];
  const quantised = await open(BATCH_DEPENDENT, true);
  expect(await encodeTogether(quantised, seeds)).toEqual(await encodeEach(quantised, seeds));
  await quantised[Symbol.asyncDispose]();

  const together = await open(BATCH_DEPENDENT, false);
  expect(await encodeTogether(together, seeds)).not.toEqual(await encodeEach(together, seeds));
  await together[Symbol.asyncDispose]();
});

test.each([
  ['numbers of half precision', HALF, 3],
  ['texts that it wants as well', BOTH, 6],
])('a model with %s gives the vectors of one without', async (_, bytes, digits) => {
  await using plainly = await open(FULL, false);
  await using oddly = await open(bytes, false);
  const expected = await encodeTogether(plainly, [1, 2, 3]);
  for (const [i, vector] of (await encodeTogether(oddly, [1, 2, 3])).entries()) {
    const wanted = expected[i];
    if (!Array.isArray(vector) || !Array.isArray(wanted)) throw new Error('An image was not encoded');
    expect(vector).toHaveLength(3);
    for (const [place, number] of vector.entries()) expect(number).toBeCloseTo(wanted[place] ?? NaN, digits);
  }
});

test('a batch that does not fit in memory is divided, and every image gets its vector', async () => {
  const logger = new RecordingLogger();
  const encoder = await open(HUNGRY, false, logger);
  const seeds = [1, 2];
  expect(await encodeTogether(encoder, seeds)).toEqual(await encodeEach(encoder, seeds));
  expect(logger.events.filter(({ level }) => level === 'warn')).toEqual([
    expect.objectContaining({ fields: expect.objectContaining({ imagesAtOnce: 1 }) }),
  ]);
  await encoder[Symbol.asyncDispose]();
});

test('an image that cannot be resized is the fault of the image', async () => {
  const encoder = await open(LOGARITHM, false);
  for (const [width, height] of [
    [40_000_000, 1],
    [1, 40_000_000],
  ] as const) {
    const strip = { width, height, data: new Uint8Array(120_000_000) };
    await expect(encoder.preprocess(strip)).rejects.toMatchObject({ name: 'ItemError', code: 'IMAGE_INVALID' });
  }
  await encoder[Symbol.asyncDispose]();
});
