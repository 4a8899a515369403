import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DecodedImage } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { levelTable, writePlanes } from './channel-planes.js';
import type { Resample } from './encoder-id.js';
import { resolveModel } from './model-files.js';
import { openOnnxImageEncoder } from './onnx-image-encoder.js';
import { parsePreprocessorConfig, type Preprocessing } from './preprocessor-config.js';
import { createSharpImageDecoder } from './sharp-image-decoder.js';

jest.setTimeout(120_000);

const CLIP = parsePreprocessorConfig(
  {
    size: { shortest_edge: 224 },
    crop_size: 224,
    resample: 3,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  },
  '',
);
const DINOV2: Preprocessing = { ...CLIP, resize: { shortestEdge: 256 } };
const SQUARE: Preprocessing = { ...CLIP, resize: { width: 224, height: 224 } };
const BILINEAR: Preprocessing = { ...CLIP, filter: 'bilinear' };

/** Any model of 224×224 pixels does: only what goes into it is looked at. */
const open = async (preprocessing: Preprocessing, resample: Resample) =>
  openOnnxImageEncoder({
    model: { ...(await resolveModel('builtin/structure')), preprocessing },
    logger: new RecordingLogger(),
    device: 'cpu',
    resample,
  });

const pixels = async (encoder: Awaited<ReturnType<typeof open>>, image: DecodedImage) =>
  Uint8Array.from((await encoder.preprocess(image)).data);

/** Detail at every scale, as in photographs, with hard edges and plain areas. */
function picture(width: number, height: number): DecodedImage {
  const data = new Uint8Array(width * height * 3);
  let noise = 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const plain = (x * 5) / width < 1 || (y * 6) / height > 5;
      const edge = Math.hypot(x / width - 0.6, y / height - 0.4) < 0.2 ? 60 : 0;
      for (let channel = 0; channel < 3; channel++) {
        let level = 120 + edge;
        for (const [period, strength] of [
          [400, 50],
          [90, 20],
          [23, 10],
          [7, 6],
        ] as const) {
          level += strength * Math.sin((x * (channel + 2) + y * 1.7) / period) * Math.cos((y * 2.3 - x) / period);
        }
        noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
        data[(y * width + x) * 3 + channel] = plain
          ? 235 - 40 * channel
          : Math.min(255, Math.max(0, level + (noise >>> 28)));
      }
    }
  }
  return { width, height, data };
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>) {
  let [squares, sum, max] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    squares += error * error;
    sum += error;
    max = Math.max(max, error);
  }
  return { decibels: 10 * Math.log10((255 * 255 * a.length) / squares), mean: sum / a.length, max };
}

describe.each([
  ['CLIP', CLIP],
  ['DINOv2', DINOV2],
  ['a square', SQUARE],
  ['bilinear', BILINEAR],
])('%s: fast against exact', (_, preprocessing) => {
  let fast: Awaited<ReturnType<typeof open>>;
  let exact: typeof fast;
  beforeAll(async () => {
    fast = await open(preprocessing, 'fast');
    exact = await open(preprocessing, 'exact');
  });
  afterAll(async () => {
    await fast[Symbol.asyncDispose]();
    await exact[Symbol.asyncDispose]();
  });

  test.each([
    [1200, 1600],
    [1601, 1203],
    [1333, 1000],
    [799, 533],
    [2400, 3200],
    [641, 2301],
    [301, 257],
    [224, 224],
    [150, 199],
    [40, 7],
    [1, 1],
  ])('%i×%i', async (width, height) => {
    const image = picture(width, height);
    const { decibels, mean } = difference(await pixels(fast, image), await pixels(exact, image));
    expect(decibels).toBeGreaterThanOrEqual(50);
    expect(mean).toBeLessThanOrEqual(0.5);
  });
});

// The official preprocessing of CLIP, which Pillow reproduces to the bit.
const golden = process.env['FASHIONMATCH_GOLDEN_DIR'];
const withGolden = golden === undefined ? test.skip : test;

describe('the official CLIP preprocessing of a photograph', () => {
  withGolden.each([
    ['fast', 0.005, 0.05],
    ['exact', 1e-5, 0.02],
  ] as const)('%s', async (resample, meanBound, maxBound) => {
    const folder = join(golden ?? '', 'clip');
    const photograph = await createSharpImageDecoder().decode(await readFile(join(folder, 'franz-kafka.jpg')));
    const encoder = await open(CLIP, resample);
    const prepared = await pixels(encoder, photograph);
    const planes = new Float32Array(prepared.length);
    writePlanes(prepared, levelTable(CLIP), planes, 0);

    const { mean, max } = difference(planes, await readNpy(join(folder, 'expected_preprocessed_image.npy')));
    expect(mean).toBeLessThanOrEqual(meanBound);
    expect(max).toBeLessThanOrEqual(maxBound);
    await encoder[Symbol.asyncDispose]();
  });
});

/** The values of a NumPy file of little-endian float32 (format version 1). */
async function readNpy(path: string): Promise<Float32Array> {
  const bytes = await readFile(path);
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer);
}
