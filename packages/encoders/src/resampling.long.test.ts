import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DecodedImage } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { levelTable, writePlanes } from './onnx/channel-planes.js';
import type { Resample } from './models/encoder-id.js';
import { resolveModel } from './models/model-files.js';
import { openOnnxImageEncoder } from './onnx/onnx-image-encoder.js';
import { parsePreprocessorConfig, type Preprocessing } from './models/preprocessor-config.js';
import { sufficientEdges } from './images/resize-plan.js';
import { createSharpImageDecoder } from './images/sharp-image-decoder.js';
import { sharp, type Sharp } from './images/sharp-library.js';

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

/** Of the waves of a picture, in levels. */
const STRENGTHS = [50, 20, 10, 6];

/** Detail at every scale, as in photographs, with a hard edge, plain areas and a little noise. */
function picture(width: number, height: number): DecodedImage {
  const data = new Uint8Array(width * height * 3);
  const waves = (length: number, phase: number) =>
    [400, 90, 23, 7].map((period) => Float32Array.from({ length }, (_, i) => Math.sin((i * 2 + phase) / period)));
  const across = [0, 1, 2].map((channel) => waves(width, 40 * channel));
  const down = waves(height, 9);
  let noise = 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const plain = x * 5 < width || y * 6 > height * 5;
      const light = (x / width - 0.6) ** 2 + (y / height - 0.4) ** 2 < 0.04 ? 60 : 0;
      for (let channel = 0; channel < 3; channel++, i++) {
        noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
        let level = 110 + light + (noise >>> 28);
        for (let scale = 0; !plain && scale < STRENGTHS.length; scale++) {
          level += (STRENGTHS[scale] ?? 0) * (across[channel]?.[scale]?.[x] ?? 0) * (down[scale]?.[y] ?? 0);
        }
        data[i] = plain ? 235 - 40 * channel : level;
      }
    }
  }
  return { width, height, data };
}

const pictures = new Map<string, DecodedImage>();

function pictureOf(width: number, height: number): DecodedImage {
  const known = pictures.get(`${String(width)}×${String(height)}`) ?? picture(width, height);
  pictures.set(`${String(width)}×${String(height)}`, known);
  return known;
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
    [1700, 2267],
    [641, 2301],
    [301, 257],
    [224, 224],
    [150, 199],
    [40, 7],
    [1, 1],
  ])('%i×%i', async (width, height) => {
    const image = pictureOf(width, height);
    const { decibels, mean } = difference(await pixels(fast, image), await pixels(exact, image));
    expect(decibels).toBeGreaterThanOrEqual(50);
    expect(mean).toBeLessThanOrEqual(0.5);
  });
});

// What the pipeline does: large images are reduced while they are decoded.
describe.each([
  ['CLIP', CLIP],
  ['DINOv2', DINOV2],
])('%s: reduced while decoding against decoded in full', (_, preprocessing) => {
  // Halved and quartered by libjpeg; what cannot be halved; and the formats of which sharp knows no part.
  test.each([
    [
      'jpeg',
      [
        [1200, 1600],
        [2064, 2752],
        [2400, 3200],
        [1203, 1600],
      ],
    ],
    ['png', [[1333, 1000]]],
    ['webp', [[1200, 1600]]],
  ] as const)('%s', async (format, sizes) => {
    const [fast, exact] = [await open(preprocessing, 'fast'), await open(preprocessing, 'exact')];
    const reducing = createSharpImageDecoder({ sufficientEdges: sufficientEdges([CLIP, DINOV2]) });
    for (const [width, height] of sizes) {
      const raw = { raw: { width, height, channels: 3 } } as const;
      const bytes = await sharp(pictureOf(width, height).data, raw).toFormat(format, { quality: 90 }).toBuffer();
      const reduced = await reducing.decode(bytes);
      expect(Math.min(reduced.width, reduced.height)).toBeLessThan(Math.min(width, height));
      expect(Math.min(reduced.width, reduced.height)).toBeGreaterThanOrEqual(400);
      const full = await pixels(exact, await createSharpImageDecoder().decode(bytes));
      const { decibels, mean } = difference(await pixels(fast, reduced), full);
      expect(decibels).toBeGreaterThanOrEqual(50);
      expect(mean).toBeLessThanOrEqual(0.5);
    }
    await fast[Symbol.asyncDispose]();
    await exact[Symbol.asyncDispose]();
  });
});

/** The same picture as files of other kinds. */
const KINDS: readonly (readonly [string, (image: Sharp) => Sharp])[] = [
  ['grey JPEG', (image) => image.greyscale().jpeg({ quality: 90 })],
  ['JPEG with a colour profile', (image) => image.withIccProfile('p3').jpeg({ quality: 90 })],
  ['PNG of 16 bits', (image) => image.toColourspace('rgb16').png()],
  ['PNG with transparency', (image) => image.ensureAlpha(0.5).png()],
  ['AVIF', (image) => image.avif({ quality: 80, effort: 0 })],
  ['TIFF', (image) => image.tiff({ compression: 'lzw' })],
  ['GIF', (image) => image.gif({ effort: 1 })],
];

test.each(KINDS)('45 dB are kept of a %s', async (_, write) => {
  const [width, height] = [1200, 1600];
  const bytes = await write(sharp(pictureOf(width, height).data, { raw: { width, height, channels: 3 } })).toBuffer();
  const [fast, exact] = [await open(CLIP, 'fast'), await open(CLIP, 'exact')];
  const reduced = await createSharpImageDecoder({ sufficientEdges: sufficientEdges([CLIP, DINOV2]) }).decode(bytes);
  const full = await pixels(exact, await createSharpImageDecoder().decode(bytes));
  expect(difference(await pixels(fast, reduced), full).decibels).toBeGreaterThanOrEqual(45);
  await fast[Symbol.asyncDispose]();
  await exact[Symbol.asyncDispose]();
});

test('a large JPEG with an odd number of pixels is not stretched', async () => {
  const [fast, exact] = [await open(DINOV2, 'fast'), await open(DINOV2, 'exact')];
  const { width, height, data } = pictureOf(1200, 1600);
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(3603, 4805)
    .jpeg({ quality: 90 })
    .toBuffer();
  const reduced = await createSharpImageDecoder({ sufficientEdges: sufficientEdges([CLIP, DINOV2]) }).decode(bytes);
  const full = await pixels(exact, await createSharpImageDecoder().decode(bytes));
  expect(difference(await pixels(fast, reduced), full).decibels).toBeGreaterThanOrEqual(50);
  await fast[Symbol.asyncDispose]();
  await exact[Symbol.asyncDispose]();
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
