import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import {
  createSharpImageDecoder,
  openOnnxImageEncoder,
  resolveModel,
  sufficientEdges,
  type ResolvedModel,
} from '@fashionmatch/encoders';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { wardrobePhotographs } from '../sample-data/wardrobe-photographs.js';

const COUNT = 60;

type Encoder = Awaited<ReturnType<typeof openOnnxImageEncoder>>;

let directory: string;
const encoders: { model: string; fast: Encoder; exact: Encoder }[] = [];
const models: ResolvedModel[] = [];

/** Models of 224 × 224 pixels, prepared as for CLIP and for DINOv2: only what goes into them is looked at. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-parity-'));
  const builtin = await resolveModel('builtin/structure');
  for (const [name, shortestEdge] of [
    ['CLIP', 224],
    ['DINOv2', 256],
  ] as const) {
    const inputSize = { width: 224, height: 224 };
    const preprocessing = { ...builtin.preprocessing, resize: { shortestEdge }, inputSize, filter: 'bicubic' as const };
    const model = { ...builtin, preprocessing };
    const open = (resample: 'fast' | 'exact') =>
      openOnnxImageEncoder({ model, logger: new RecordingLogger(), device: 'cpu', threads: 1, resample });
    models.push(model);
    encoders.push({ model: name, fast: await open('fast'), exact: await open('exact') });
  }
});

afterAll(async () => {
  for (const { fast, exact } of encoders) {
    await fast[Symbol.asyncDispose]();
    await exact[Symbol.asyncDispose]();
  }
  await rm(directory, { recursive: true });
});

test.each([
  { what: 'halved by libjpeg, the closest call of all', width: 1200, height: 1600, every: 1 },
  { what: 'of an odd size', width: 1203, height: 1601, every: 6 },
  { what: 'too small to be reduced while it is decoded', width: 800, height: 1066, every: 6 },
])('the wardrobe $what is prepared as the authors of the models do', async ({ width, height, every }) => {
  const photographs = (await wardrobePhotographs(directory, { width, height })).filter((_, i) => i % every === 0);
  expect(photographs).toHaveLength(COUNT / every);
  const asRuns = createSharpImageDecoder({
    sufficientEdges: sufficientEdges(models.map(({ preprocessing }) => preprocessing)),
  });
  const inFull = createSharpImageDecoder();
  for (const [i, photograph] of photographs.entries()) {
    const [reduced, full] = [await asRuns.decode(photograph), await inFull.decode(photograph)];
    for (const { model, fast, exact } of encoders) {
      const [ours, theirs] = [await fast.preprocess(reduced), await exact.preprocess(full)];
      const { decibels, mean } = difference(ours.data, theirs.data);
      expect({ i, model, close: decibels >= 50 && mean <= 0.5, decibels, mean }).toMatchObject({ close: true });
    }
  }
});

function difference(a: ArrayLike<number>, b: ArrayLike<number>): { decibels: number; mean: number } {
  let [squares, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
    squares += error * error;
    sum += error;
  }
  return { decibels: 10 * Math.log10((255 * 255 * a.length) / squares), mean: sum / a.length };
}
