import { readFile } from 'node:fs/promises';

import type { Logger } from '@fashionmatch/domain';
import { sampleImage } from '@fashionmatch/domain/testing';
import {
  createSharpImageDecoder,
  openOnnxImageEncoder,
  pixelsSha256,
  resolveModel,
  type GoldenFile,
} from '@fashionmatch/encoders';
import sharp from 'sharp';

const MODELS = ['builtin/colour-layout', 'builtin/structure'];
const SIZE = { width: 96, height: 128, seed: 2025 };

/** Seven decimals hold a float32 of a unit vector to 1e-7, and the file is a third as long. */
const DECIMALS = 7;

const silent = () => undefined;
const LOGGER: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** What writes this format is not installed here: it is one of the pictures that the decoder is tested with. */
const HEIC = new URL('../../../packages/encoders/fixtures/heic/8-bit.heic', import.meta.url);

/** Small pictures and what the built-in encoders make of one, as the encoders package ships them. */
export async function goldenFiles(): Promise<{ image: Uint8Array; heic: Uint8Array; vectors: string }> {
  const drawn = sampleImage(SIZE.width, SIZE.height, SIZE.seed);
  const raw = { width: drawn.width, height: drawn.height, channels: 3 } as const;
  const image = await sharp(drawn.data, { raw }).png({ compressionLevel: 9 }).toBuffer();
  const heic = await readFile(HEIC);
  const decoder = createSharpImageDecoder();
  const [decoded, decodedHeic] = [await decoder.decode(image), await decoder.decode(heic)];
  const models: GoldenFile['models'] = {};
  for (const name of MODELS) {
    const model = await resolveModel(name);
    await using encoder = await openOnnxImageEncoder({ model, logger: LOGGER, device: 'cpu', threads: 1 });
    const [vector] = await encoder.encode([await encoder.preprocess(decoded)]);
    if (!(vector instanceof Float32Array)) throw new Error(`${name} gives the golden image no vector`);
    models[name] = { sha256: model.sha256, vector: [...vector].map((value) => Number(value.toFixed(DECIMALS))) };
  }
  const file: GoldenFile = {
    pixels_sha256: pixelsSha256(decoded),
    heic_pixels_sha256: pixelsSha256(decodedHeic),
    models,
  };
  return { image, heic, vectors: `${JSON.stringify(file)}\n` };
}
