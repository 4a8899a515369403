import { AutoModel, AutoProcessor, CLIPVisionModelWithProjection, env, RawImage } from '@huggingface/transformers';

import { imagePaths } from './encoder-measurements.js';
import { measured, type Measurement, type MeasurementJob } from './measurement.js';

/**
 * The same images through transformers.js, the way its documentation shows: an image is read, goes through the
 * processor of each model, and through the model. The same ONNX files, and as many threads.
 */
export async function measureTransformers(job: MeasurementJob, parts: 'preprocess' | 'all'): Promise<Measurement> {
  env.allowRemoteModels = false;
  env.localModelPath = `${job.modelsDirectory}/`;
  const clipProcessor = await AutoProcessor.from_pretrained('clip-vit-base-patch32', {});
  const dinoProcessor = await AutoProcessor.from_pretrained('dinov2-small', {});
  const encoders = parts === 'all' ? await loadEncoders(job) : undefined;
  const paths = await imagePaths(job);
  const embed = async (path: string): Promise<void> => {
    const image = await RawImage.read(path);
    const clipInputs: unknown = await clipProcessor(image);
    await encoders?.clip(clipInputs);
    const dinoInputs: unknown = await dinoProcessor(image);
    await encoders?.dino(dinoInputs);
  };
  await embed(paths[0] ?? '');
  return await measured(paths.length, async () => {
    for (const path of paths) await embed(path);
  });
}

interface Encoders {
  readonly clip: (inputs: unknown) => Promise<void>;
  readonly dino: (inputs: unknown) => Promise<void>;
}

async function loadEncoders({ precision, threads }: MeasurementJob): Promise<Encoders> {
  const options = { dtype: precision, session_options: { intraOpNumThreads: threads } } as const;
  const clip = await CLIPVisionModelWithProjection.from_pretrained('clip-vit-base-patch32', options);
  const dino = await AutoModel.from_pretrained('dinov2-small', options);
  return {
    clip: async (inputs) => {
      await clip(inputs);
    },
    dino: async (inputs) => {
      await dino(inputs);
    },
  };
}
