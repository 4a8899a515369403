import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { dot, normalise, type DecodedImage } from '@fashionmatch/domain';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';

import { cropPixels } from './images/crop-pixels.js';
import { planResize } from './images/resize-plan.js';
import { createSharpImageDecoder } from './images/sharp-image-decoder.js';
import { GOLDEN_FILES } from './models/golden.js';
import type { Precision } from './models/model-catalog.js';
import { resolveModel } from './models/model-files.js';
import type { ResolvedModel } from './models/resolved-model.js';
import * as onnx from './onnx/graph/onnx-messages.test.data.js';
import { openImageModel, type OpenImageModel } from './onnx/onnx-image-model.js';

// Every family in every layout and precision, against what transformers makes of the same images. A model here gives
// back what it was given, every 32nd pixel of it, by the output of its family: what is compared is all that comes before
// the weights, and what is taken of what comes after them. tools/python/make_family_goldens.py makes the goldens.

const { constant, externalConstant, node, value, FLOAT, FLOAT16, INT64 } = onnx;

jest.setTimeout(60_000);

const STEP = 32;
/** Where in a numbers' format 1 is, for a weight that changes nothing. */
const ONE = { [FLOAT]: Buffer.from(Float32Array.of(1).buffer), [FLOAT16]: Buffer.from(Uint16Array.of(0x3c00).buffer) };

const goldenSchema = z.record(
  z.string(),
  z.object({
    model_type: z.string(),
    preprocessor: z.record(z.string(), z.unknown()),
    samples: z.tuple([z.array(z.number()), z.array(z.number())]),
  }),
);
type Golden = z.infer<typeof goldenSchema>[string];

const fixture = fileURLToPath(new URL('../fixtures/families/preprocessing.json', import.meta.url));
const goldens = goldenSchema.parse(JSON.parse(await readFile(fixture, 'utf8')));

type Files = ReadonlyMap<string, Uint8Array | string>;
interface Graph {
  /** Where a weight is to lie, beside the graph; in the graph where it is undefined. */
  readonly weights?: string;
  readonly withTexts?: boolean;
  readonly outputName?: string;
}

const longs = (name: string, ...numbers: number[]) => constant(name, INT64, BigInt64Array.from(numbers, BigInt));

/** Where a model of this type has its vectors, with the rows before and after it. */
function outputOf(modelType: string): { readonly name: string; readonly rows: number } {
  if (modelType === 'clip') return { name: 'image_embeds', rows: 0 };
  if (modelType === 'siglip') return { name: 'pooler_output', rows: 0 };
  return { name: 'last_hidden_state', rows: 5 };
}

function graphOf(modelType: string, precision: Precision, { weights, withTexts, outputName }: Graph = {}): Uint8Array {
  const { name, rows } = withTexts ? { name: 'image_embeds', rows: 0 } : outputOf(modelType);
  const type = precision === 'fp16' ? FLOAT16 : FLOAT;
  const rounded = precision === 'int8';
  const nodes = [
    ...(rounded
      ? [
          onnx.nodeOfSeveral('DynamicQuantizeLinear', ['pixel_values'], ['bytes', 'scale', 'zero']),
          node('DequantizeLinear', ['bytes', 'scale', 'zero'], 'pixels'),
        ]
      : [node('Identity', ['pixel_values'], 'pixels')]),
    node('Slice', ['pixels', 'starts', 'ends', 'axes', 'steps'], 'sampled'),
    node('Mul', ['sampled', 'weight'], 'weighed'),
    node('Reshape', ['weighed', rows > 0 ? 'row' : 'flat'], rows > 0 ? 'first' : 'output'),
    // Registers and patches come after the class token.
    ...(rows > 0 ? [node('Pad', ['first', 'rows'], 'output')] : []),
    node('Identity', ['output'], outputName ?? name),
  ];
  const entries = { location: weights ?? '', offset: '0', length: String(ONE[type].length) };
  const constants = [
    longs('starts', STEP / 2, STEP / 2),
    longs('ends', 9999, 9999),
    longs('axes', 2, 3),
    longs('steps', STEP, STEP),
    longs('flat', 0, -1),
    longs('row', 0, 1, -1),
    longs('rows', 0, 0, 0, 0, rows, 0),
    weights === undefined
      ? onnx.rawConstant('weight', type, 1, ONE[type])
      : externalConstant('weight', type, 1, entries),
  ];
  const texts = withTexts ? [value('input_ids', ['texts', 'length'], INT64)] : [];
  const dims = rows > 0 ? ['n', 'rows', 'width'] : ['n', 'width'];
  return onnx.model(nodes, constants, type, texts, { name: outputName ?? name, dims });
}

const ENDINGS: Readonly<Record<Precision, string>> = { fp32: '', fp16: '_fp16', int8: '_quantized' };

/** The graph's files, by how a folder lays them out. */
const LAYOUTS: Readonly<Record<string, (modelType: string, precision: Precision) => Files>> = {
  'in onnx': (modelType, precision) => {
    const name = outputOf(modelType).rows > 0 ? 'model' : 'vision_model';
    return new Map([[`onnx/${name}${ENDINGS[precision]}.onnx`, graphOf(modelType, precision)]]);
  },
  'at the root, its weights beside it': (modelType, precision) => {
    const path = `model${ENDINGS[precision]}.onnx`;
    const weights = `${path}.data`;
    const bytes = ONE[precision === 'fp16' ? FLOAT16 : FLOAT];
    return new Map([
      [path, graphOf(modelType, precision, { weights })],
      [weights, bytes],
    ]);
  },
  'with texts': (modelType, precision) =>
    new Map([[`onnx/model${ENDINGS[precision]}.onnx`, graphOf(modelType, precision, { withTexts: true })]]),
};

let folder = '';
let images: readonly DecodedImage[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'families-'));
  images = [await createSharpImageDecoder().decode(await readFile(GOLDEN_FILES.image)), pattern(640, 500)];
});
afterAll(() => rm(folder, { recursive: true }));

/** As tools/python/make_family_goldens.py draws it. */
function pattern(width: number, height: number): DecodedImage {
  const wave = (level: number): number => Math.abs((level % 510) - 255);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    return wave([3 * x + y, (x * y) >> 5, 2 * y + 200 * ((x >> 6) & 1)][i % 3] ?? 0);
  });
  return { width, height, data };
}

async function open(
  { model_type, preprocessor }: Pick<Golden, 'model_type' | 'preprocessor'>,
  files: Files,
  precision: Precision,
): Promise<{ readonly resolved: ResolvedModel; readonly model: OpenImageModel }> {
  const name = await mkdtemp(join(folder, 'model-'));
  const documents: [string, string][] = [
    ['config.json', JSON.stringify({ model_type })],
    ['preprocessor_config.json', JSON.stringify(preprocessor)],
  ];
  for (const [path, content] of [...documents, ...files]) {
    await mkdir(dirname(join(name, path)), { recursive: true });
    await writeFile(join(name, path), content);
  }
  return openFolder(name, precision);
}

async function openFolder(
  name: string,
  precision: Precision,
): Promise<{ readonly resolved: ResolvedModel; readonly model: OpenImageModel }> {
  const resolved = await resolveModel(name, { precision });
  const { preprocessing, path: modelPath, modelType, quantised: oneByOne } = resolved;
  const resizer = new URL(`../builtin/resize/${preprocessing.filter}.onnx`, import.meta.url);
  const devices = ['cpu'] as const;
  const job = { name: 'open', modelPath, modelType, devices, threads: 1, preprocessing, oneByOne } as const;
  return { resolved, model: await openImageModel({ ...job, resizeModelPath: fileURLToPath(resizer) }) };
}

async function vectorsOf(model: OpenImageModel, { preprocessing }: ResolvedModel): Promise<Float32Array[]> {
  const prepared: Uint8Array[] = [];
  for (const image of images) {
    const plan = planResize(image, preprocessing);
    const pixels = cropPixels(image.data, image.width, plan.source);
    prepared.push((await model.resize({ name: 'resize', pixels, plan })).pixels);
  }
  const { vectors } = await model.encode({ name: 'encode', images: prepared });
  const { dimensions } = model.opened;
  return prepared.map((_, i) => vectors.slice(i * dimensions, (i + 1) * dimensions));
}

/** In levels of 0 to 255, the most that a number of a vector is from that of the golden, which has another length. */
function levelsApart(vector: Float32Array, golden: readonly number[], { preprocessing }: ResolvedModel): number {
  const length = Math.hypot(...golden);
  const plane = golden.length / 3;
  const expected = normalise(Float32Array.from(golden));
  const levels = [...vector].map((number, i) => {
    const { std, rescale } = preprocessing;
    return (Math.abs(number - (expected[i] ?? NaN)) * length * (std[Math.floor(i / plane)] ?? NaN)) / rescale;
  });
  return Math.max(...levels);
}

/** A level of rounding, and what the format itself rounds: int8 has 255 steps for more than 255 levels. */
const LEVELS: Readonly<Record<Precision, number>> = { fp32: 1.05, fp16: 1.3, int8: 2.5 };

const cells = Object.entries(goldens).flatMap(([family, golden]) =>
  Object.keys(LAYOUTS).flatMap((layout) =>
    (['fp32', 'fp16', 'int8'] as const).flatMap((precision) =>
      layout === 'with texts' && outputOf(golden.model_type).rows > 0 ? [] : [{ family, layout, precision, golden }],
    ),
  ),
);

test.each(cells)('$family $layout in $precision is as transformers has it', async ({ golden, layout, precision }) => {
  const { resolved, model } = await open(
    golden,
    LAYOUTS[layout]?.(golden.model_type, precision) ?? new Map(),
    precision,
  );
  const vectors = await vectorsOf(model, resolved);
  for (const [i, samples] of golden.samples.entries()) {
    const vector = vectors[i] ?? new Float32Array();
    expect(vector).toHaveLength(samples.length);
    expect(levelsApart(vector, samples, resolved)).toBeLessThanOrEqual(LEVELS[precision]);
  }
  await model.release();
});

// tools/python/make_export_goldens.py exported these, and has the vectors from transformers.
test.each(['clip', 'siglip', 'dinov2-with-registers', 'dinov3'])(
  'a picture has the vector that it has in transformers, by an exported model: %s',
  async (name) => {
    const exported = fileURLToPath(new URL(`../fixtures/exports/${name}`, import.meta.url));
    const golden = z.array(z.number()).parse(JSON.parse(await readFile(join(exported, 'vector.json'), 'utf8')));
    const { resolved, model } = await openFolder(exported, 'fp32');
    const [vector = []] = await vectorsOf(model, resolved);
    expect(vector).toHaveLength(golden.length);
    expect(dot(vector, golden)).toBeGreaterThan(0.99999);
    await model.release();
  },
);

describe('is refused:', () => {
  const graph = (modelType: string, how: Graph) => new Map([['onnx/model.onnx', graphOf(modelType, 'fp32', how)]]);
  const refused: readonly (readonly [string, Files, Partial<Golden>, Precision])[] = [
    ['outputs without names', graph('clip', { outputName: 'view_13' }), {}, 'fp32'],
    ['CLIP without its projection', graph('clip', { outputName: 'pooler_output' }), {}, 'fp32'],
    [
      'its image tower alone',
      graph('clip', { outputName: 'pooler_output' }),
      { model_type: 'clip_vision_model' },
      'fp32',
    ],
    ['images and texts', graph('siglip', { withTexts: true, outputName: 'pooler_output' }), {}, 'fp32'],
    ['SigLIP before its pooling', graph('dinov2', {}), { model_type: 'siglip_vision_model' }, 'fp32'],
    ['another size', graph('clip', {}), { preprocessor: { image_processor_type: 'Siglip2ImageProcessor' } }, 'fp32'],
    ['a precision that is not there', graph('clip', {}), {}, 'fp16'],
    ['no graph', new Map([['onnx/model.onnx', 'version https://git-lfs.github.com/spec/v1']]), {}, 'fp32'],
    ['no weights beside it', graph('clip', { weights: 'model.onnx.data' }), {}, 'fp32'],
  ];

  test.each(refused)('%s', async (_, files, changed, precision) => {
    const { clip } = goldens;
    if (clip === undefined) throw new Error('There is no golden of CLIP');
    const { message } = await open({ ...clip, ...changed }, files, precision).then(
      () => new Error('It was opened'),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    expect(message.replaceAll(folder, '').replaceAll(/\/model-\w+/g, 'FOLDER')).toMatchSnapshot();
  });
});
