import { dot, normalise } from '@fashionmatch/domain';
import { describe, expect, jest, test } from '@jest/globals';
import * as ort from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode-model.js';
import { randomModels } from './random-models.js';

// Seconds on a quiet machine; builds share theirs.
jest.setTimeout(60_000);

const END = 49_407n;
const START = 49_406n;

async function withModel<T>(path: string, use: (session: ort.InferenceSession) => Promise<T>): Promise<T> {
  const graph = randomModels({ tiny: true }).flatMap(({ graphs }) => graphs.get(path) ?? [])[0];
  if (graph === undefined) throw new Error(`There is no ${path}`);
  const bytes = Buffer.concat([...encodeModel(graph(), { opset: 17, description: 'test' })]);
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    // As the product runs models: int8 sums saturate without it on processors that lack VNNI.
    extra: { session: { x64quantprecision: '1' } },
  });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/** Unit vectors: the only output of the model, or the first of its rows for each entry of the batch. */
async function vectors(session: ort.InferenceSession, input: ort.Tensor): Promise<Float32Array[]> {
  const [inputName = ''] = session.inputNames;
  const [outputName = ''] = session.outputNames;
  const { data, dims } = (await session.run({ [inputName]: input }))[outputName] ?? {};
  if (!(data instanceof Float32Array) || dims === undefined) throw new Error('The model gives no float32');
  const batch = input.dims[0] ?? 0;
  const width = dims.at(-1) ?? 0;
  return Array.from({ length: batch }, (_, i) => normalise(data.slice((i * data.length) / batch).slice(0, width)));
}

/** Stripes of many widths and directions, `[count, 3, size, size]`: clearly different pictures. */
function stripes(count: number, size: number): ort.Tensor {
  const plane = size * size;
  const data = new Float32Array(count * 3 * plane);
  for (let i = 0; i < data.length; i++) {
    const image = Math.floor(i / (3 * plane));
    const channel = Math.floor(i / plane) % 3;
    const x = i % size;
    const y = Math.floor(i / size) % size;
    data[i] = 1.5 * Math.sin((x * (image + 1) + y * (7 - image)) / 20 + channel * image);
  }
  return new ort.Tensor('float32', data, [count, 3, size, size]);
}

const EIGHT = stripes(8, 224);

/** One of the eight, alone. */
function image(index: number): ort.Tensor {
  const length = EIGHT.size / 8;
  const data = EIGHT.data instanceof Float32Array ? EIGHT.data.slice(index * length, (index + 1) * length) : [];
  return new ort.Tensor('float32', data, [1, ...EIGHT.dims.slice(1)]);
}

function texts(...rows: readonly (readonly bigint[])[]): ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
}

const leastCosine = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
  Math.min(...a.map((vector, i) => dot(vector, b[i] ?? [])));

describe.each([
  { path: 'onnx/vision_model', input: 'pixel_values', output: 'image_embeds', width: 512 },
  { path: 'onnx/model', input: 'pixel_values', output: 'last_hidden_state', width: 384 },
])('$path of images', ({ path, input, output, width }) => {
  test('has the published inputs and outputs', async () => {
    await withModel(`${path}.onnx`, async (session) => {
      expect([session.inputNames, session.outputNames]).toEqual([[input], [output]]);
      const [vector] = await vectors(session, image(0));
      expect(vector).toHaveLength(width);
    });
  });

  test('gives an image the same vector alone and among eight', async () => {
    await withModel(`${path}.onnx`, async (session) => {
      const together = await vectors(session, EIGHT);
      const alone: Float32Array[] = [];
      for (let i = 0; i < 8; i++) alone.push(...(await vectors(session, image(i))));

      expect(leastCosine(alone, together)).toBeGreaterThan(0.999999);
    });
  });

  test('gives different images clearly different vectors', async () => {
    await withModel(`${path}.onnx`, async (session) => {
      const [first, ...others] = await vectors(session, EIGHT);

      for (const other of others) expect(dot(first ?? [], other)).toBeLessThan(0.95);
    });
  });

  test('agrees with its int8 copy, which is not the same', async () => {
    const float = await withModel(`${path}.onnx`, (session) => vectors(session, image(2)));
    const int8 = await withModel(`${path}_int8.onnx`, (session) => vectors(session, image(2)));

    expect(leastCosine(float, int8)).toBeGreaterThan(0.98);
    expect(leastCosine(float, int8)).toBeLessThan(0.99999);
  });
});

test('DINOv2 takes images of other sizes', async () => {
  await withModel('onnx/model.onnx', async (session) => {
    const { last_hidden_state: rows } = await session.run({ pixel_values: stripes(2, 140) });

    expect(rows?.dims).toEqual([2, 1 + 10 * 10, 384]);
  });
});

describe.each(['onnx/text_model.onnx', 'onnx/text_model_int8.onnx'])('%s', (path) => {
  test('has the published inputs and outputs', async () => {
    const names = await withModel(path, (session) => Promise.resolve([session.inputNames, session.outputNames]));

    expect(names).toEqual([['input_ids'], ['text_embeds']]);
  });

  test('reads a text up to its end', async () => {
    await withModel(path, async (session) => {
      const [short] = await vectors(session, texts([START, 517n, 320n, END]));
      const [padded] = await vectors(session, texts([START, 517n, 320n, END, END, END]));
      const [other] = await vectors(session, texts([START, 517n, 321n, END]));

      expect(short).toHaveLength(512);
      expect(dot(short ?? [], padded ?? [])).toBeGreaterThan(0.999);
      expect(dot(short ?? [], other ?? [])).toBeLessThan(0.95);
    });
  });
});
