import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ItemError, type ImageEncoder } from '@fashionmatch/domain';
import { RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { openOnnxImageEncoder } from './onnx-image-encoder.js';
import type { Precision, ResolvedModel } from './resolved-model.js';

// Models of a few nodes that do what real ones do only on bad days.

/** A field of a protocol buffer: a number, a text, or a message within. */
type Field = readonly [number: number, value: number | string | Uint8Array];

/** Fields in the wire format of protocol buffers, for small field numbers. */
function message(...fields: Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([number << 3, ...varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
    }),
  );
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

const FLOAT = 1;
const INT64 = 7;

/** Field numbers as in onnx.proto: ValueInfoProto, NodeProto, TensorProto, GraphProto and ModelProto. */
const value = (name: string, dims: readonly string[]) => {
  const shape = message(...dims.map((dim): Field => [1, message([2, dim])]));
  return message([1, name], [2, message([1, message([1, FLOAT], [2, shape])])]);
};
const node = (op: string, inputs: readonly string[], output: string) =>
  message(...inputs.map((input): Field => [1, input]), [2, output], [4, op]);
const constant = (name: string, type: number, data: Float32Array | BigInt64Array) =>
  message([1, data.length], [2, type], [8, name], [9, new Uint8Array(data.buffer)]);

function model(nodes: Uint8Array[], constants: Uint8Array[]): Uint8Array {
  const graph = message(
    ...nodes.map((bytes): Field => [1, bytes]),
    [2, 'odd'],
    ...constants.map((bytes): Field => [5, bytes]),
    [11, value('pixel_values', ['n', 'c', 'h', 'w'])],
    [12, value('image_embeds', ['n', 'd'])],
  );
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 18])]);
}

/** The mean level of each channel, in `means` [n, 3]. */
const MEANS = [node('ReduceMean', ['pixel_values', 'axes'], 'kept'), node('Squeeze', ['kept', 'axes'], 'means')];
const AXES = constant('axes', INT64, BigInt64Array.of(2n, 3n));

const LOGARITHM = model([...MEANS, node('Log', ['means'], 'image_embeds')], [AXES]);

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

async function open(bytes: Uint8Array, precision: Precision, logger = new RecordingLogger()) {
  const path = join(folder, `${Math.random()}.onnx`);
  await writeFile(path, bytes);
  const resolved: ResolvedModel = {
    name: folder,
    revision: '',
    precision,
    path,
    sha256: '0'.repeat(64),
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
  const encoder = await open(LOGARITHM, 'fp32');
  // The logarithm of black is infinite.
  const batch = await Promise.all([plain(80), plain(0), plain(200)].map((image) => encoder.preprocess(image)));
  const [first, black, last] = await encoder.encode(batch);
  expect(numbers(first)).toHaveLength(3);
  expect(black).toBeInstanceOf(ItemError);
  expect(black).toMatchObject({ code: 'ENCODE_FAILED' });
  expect(numbers(last)).toHaveLength(3);
  await encoder[Symbol.asyncDispose]();
});

test('int8 runs one image at a time, so that no vector depends on its batch', async () => {
  const seeds = [1, 2, 3];
  const quantised = await open(BATCH_DEPENDENT, 'int8');
  expect(await encodeTogether(quantised, seeds)).toEqual(await encodeEach(quantised, seeds));
  await quantised[Symbol.asyncDispose]();

  const together = await open(BATCH_DEPENDENT, 'fp32');
  expect(await encodeTogether(together, seeds)).not.toEqual(await encodeEach(together, seeds));
  await together[Symbol.asyncDispose]();
});

test('a batch that does not fit in memory is divided, and every image gets its vector', async () => {
  const logger = new RecordingLogger();
  const encoder = await open(HUNGRY, 'fp32', logger);
  const seeds = [1, 2];
  expect(await encodeTogether(encoder, seeds)).toEqual(await encodeEach(encoder, seeds));
  expect(logger.events.filter(({ level }) => level === 'warn')).toEqual([
    expect.objectContaining({ fields: expect.objectContaining({ imagesAtOnce: 1 }) }),
  ]);
  await encoder[Symbol.asyncDispose]();
});

test('an image that cannot be resized is the fault of the image', async () => {
  const encoder = await open(LOGARITHM, 'fp32');
  for (const [width, height] of [
    [40_000_000, 1],
    [1, 40_000_000],
  ] as const) {
    const strip = { width, height, data: new Uint8Array(120_000_000) };
    await expect(encoder.preprocess(strip)).rejects.toMatchObject({ name: 'ItemError', code: 'IMAGE_INVALID' });
  }
  await encoder[Symbol.asyncDispose]();
});
