import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { dot } from '@fashionmatch/domain';
import { RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import {
  openOnnxImageEncoder,
  openOnnxTextTower,
  resolveModel,
  resolveTextTower,
  type Precision,
} from '@fashionmatch/encoders';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { randomModels } from './random-models.js';
import { writeModelFolder } from './write-model-folder.js';

// Whether sums of int8 saturate depends on the processor: this holds on each.

jest.setTimeout(120_000);

let folder = '';
/** The same with the signed graphs called as the unsigned ones are, and the other way round; and with signed ones only. */
let [misnamed, signed] = ['', ''];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-int8-'));
  [misnamed, signed] = [join(folder, 'misnamed'), join(folder, 'signed')];
  for (const model of randomModels({ tiny: true })) {
    const graphs = [...model.graphs].filter(([path]) => !path.includes('_uint8'));
    const swapped = [...model.graphs].map(
      ([path, graph]) =>
        [path.replace(/_u?int8/, (ending) => (ending === '_int8' ? '_uint8' : '_int8')), graph] as const,
    );
    await writeModelFolder(model, folder);
    await writeModelFolder({ ...model, graphs: new Map(graphs) }, signed);
    await writeModelFolder({ ...model, graphs: new Map(swapped) }, misnamed);
  }
});

afterAll(() => rm(folder, { recursive: true }));

async function imageVectors(folder: string, name: string, precision: Precision): Promise<Float32Array[]> {
  const model = await resolveModel(join(folder, name), { precision });
  await using encoder = await openOnnxImageEncoder({ model, logger: new RecordingLogger(), device: 'cpu' });
  const images = [1, 2, 3, 4].map((seed) => encoder.preprocess(sampleImage(300, 260, seed)));
  return (await encoder.encode(await Promise.all(images))).map((outcome) => {
    if (outcome instanceof Float32Array) return outcome;
    throw outcome;
  });
}

async function textVectors(folder: string, name: string, precision: Precision): Promise<Float32Array[]> {
  const tower = await resolveTextTower(join(folder, name), { precision });
  await using encoder = await openOnnxTextTower({ tower, logger: new RecordingLogger(), device: 'cpu' });
  return await encoder.encode(['a red dress', 'blue', 'a shirt with stripes and a collar']);
}

describe.each(['unsigned', 'signed'] as const)('with %s weights', (weights) => {
  test.each([
    ['images with CLIP', imageVectors, 'clip-vit-base-patch32', 0.98],
    ['images with DINOv2', imageVectors, 'dinov2-small', 0.98],
    ['texts with CLIP', textVectors, 'clip-vit-base-patch32', 0.99],
  ] as const)('%s come out the same in int8, but for the rounding', async (_, encode, name, leastCosine) => {
    const place = weights === 'signed' ? signed : folder;
    const float = await encode(place, name, 'fp32');
    const int8 = await encode(place, name, 'int8');
    const cosines = float.map((vector, i) => dot(vector, int8[i] ?? []));
    expect(Math.min(...cosines)).toBeGreaterThan(leastCosine);
    expect(Math.max(...cosines)).toBeLessThan(0.999999);
  });
});

test('unsigned weights are taken where there are any, whatever their file is called', async () => {
  const taken = async (place: string): Promise<string> =>
    basename((await resolveModel(join(place, 'dinov2-small'), { precision: 'int8' })).path);
  expect(await taken(folder)).toBe('model_uint8.onnx');
  expect(await taken(misnamed)).toBe('model_int8.onnx');
  expect(await taken(signed)).toBe('model_int8.onnx');
  const tower = await resolveTextTower(join(misnamed, 'clip-vit-base-patch32'), { precision: 'int8' });
  expect(basename(tower.path)).toBe('text_model_int8.onnx');
});
