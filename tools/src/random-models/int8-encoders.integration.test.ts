import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dot } from '@fashionmatch/domain';
import { RecordingLogger, sampleImage } from '@fashionmatch/domain/testing';
import {
  openOnnxImageEncoder,
  openOnnxTextTower,
  resolveModel,
  resolveTextTower,
  type Precision,
} from '@fashionmatch/encoders';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { randomModels } from './random-models.js';
import { writeModelFolder } from './write-model-folder.js';

// Whether sums of int8 saturate depends on the processor: this holds on each.

jest.setTimeout(120_000);

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-int8-'));
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, folder);
});

afterAll(() => rm(folder, { recursive: true }));

async function imageVectors(name: string, precision: Precision): Promise<Float32Array[]> {
  const model = await resolveModel(join(folder, name), { precision });
  await using encoder = await openOnnxImageEncoder({ model, logger: new RecordingLogger(), device: 'cpu' });
  const images = [1, 2, 3, 4].map((seed) => encoder.preprocess(sampleImage(300, 260, seed)));
  return (await encoder.encode(await Promise.all(images))).map((outcome) => {
    if (outcome instanceof Float32Array) return outcome;
    throw outcome;
  });
}

async function textVectors(name: string, precision: Precision): Promise<Float32Array[]> {
  const tower = await resolveTextTower(join(folder, name), { precision });
  await using encoder = await openOnnxTextTower({ tower, logger: new RecordingLogger(), device: 'cpu' });
  return await encoder.encode(['a red dress', 'blue', 'a shirt with stripes and a collar']);
}

test.each([
  ['images with CLIP', imageVectors, 'clip-vit-base-patch32', 0.98],
  ['images with DINOv2', imageVectors, 'dinov2-small', 0.98],
  ['texts with CLIP', textVectors, 'clip-vit-base-patch32', 0.99],
] as const)('%s come out the same in int8, but for the rounding', async (_, encode, name, leastCosine) => {
  const float = await encode(name, 'fp32');
  const int8 = await encode(name, 'int8');
  const cosines = float.map((vector, i) => dot(vector, int8[i] ?? []));
  expect(Math.min(...cosines)).toBeGreaterThan(leastCosine);
  expect(Math.max(...cosines)).toBeLessThan(0.999999);
});
