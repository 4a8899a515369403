import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DecodedImage, PerSpace, PreprocessedImage } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import {
  createSharpImageDecoder,
  openOnnxImageEncoder,
  resolveModel,
  sufficientEdges,
  type ResolvedModel,
} from '@fashionmatch/encoders';

import { measured, type Measurement, type MeasurementJob } from './measurement.js';

/** As the pipeline does on four libuv threads. */
const DECODES_AT_ONCE = 2;
const BATCH_SIZE = 32;

/** The first images, in the order of their names. */
export async function imagePaths({ imagesDirectory, images }: MeasurementJob): Promise<string[]> {
  const names = (await readdir(imagesDirectory)).sort().slice(0, images);
  return names.map((name) => join(imagesDirectory, name));
}

/** Reading, decoding and preprocessing for both models: everything before the encoders. */
export async function measurePreprocess(job: MeasurementJob, atOnce = DECODES_AT_ONCE): Promise<Measurement> {
  const models = await resolveModels(job);
  const decoder = decoderFor(models);
  const logger = new RecordingLogger();
  await using clip = await openOnnxImageEncoder({ model: models.clip, logger, threads: 1 });
  await using dino = await openOnnxImageEncoder({ model: models.dino, logger, threads: 1 });
  const paths = await imagePaths(job);
  const prepare = async (path: string): Promise<void> => {
    const image = await decoder.decode(await readFile(path));
    await Promise.all([clip.preprocess(image), dino.preprocess(image)]);
  };
  await prepare(paths[0] ?? '');
  return await measured(paths.length, () => eachOf(paths, atOnce, prepare));
}

/** One encoder alone, with all the threads it can use, on images that are ready. */
export async function measureEncoder(job: MeasurementJob, space: 'clip' | 'dino'): Promise<Measurement> {
  const models = await resolveModels(job);
  const decoder = decoderFor(models);
  const logger = new RecordingLogger();
  await using encoder = await openOnnxImageEncoder({ model: models[space], logger, threads: job.threads });
  const paths = await imagePaths(job);
  const [first = ''] = paths;
  const image: DecodedImage = await decoder.decode(await readFile(first));
  // Encoding moves the data away: each run gets its own.
  const ready = async (count: number): Promise<PreprocessedImage[]> => {
    const prepared = await encoder.preprocess(image);
    return Array.from({ length: count }, () => ({ ...prepared, data: prepared.data.slice() }));
  };
  await encoder.encode(await ready(1));
  const batches: PreprocessedImage[][] = [];
  for (let at = 0; at < paths.length; at += BATCH_SIZE) {
    batches.push(await ready(Math.min(BATCH_SIZE, paths.length - at)));
  }
  return await measured(paths.length, async () => {
    for (const batch of batches) await encoder.encode(batch);
  });
}

async function resolveModels({ modelsDirectory, precision }: MeasurementJob): Promise<PerSpace<ResolvedModel>> {
  const [clip, dino] = await Promise.all([
    resolveModel(join(modelsDirectory, 'clip-vit-base-patch32'), { precision }),
    resolveModel(join(modelsDirectory, 'dinov2-small'), { precision }),
  ]);
  return { clip, dino };
}

function decoderFor({ clip, dino }: PerSpace<ResolvedModel>): ReturnType<typeof createSharpImageDecoder> {
  return createSharpImageDecoder({ sufficientEdges: sufficientEdges([clip.preprocessing, dino.preprocessing]) });
}

/** Runs through a list with so many at work at any time. */
async function eachOf<T>(items: readonly T[], atOnce: number, run: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await run(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
