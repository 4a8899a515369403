import {
  perSpaceAsync,
  type EmbeddingSpace,
  type ImageDecoder,
  type ImageEncoder,
  type PerSpace,
} from '@fashionmatch/domain';
import {
  createSharpImageDecoder,
  deviceNames,
  encoderId,
  encodingTurns,
  openOnnxImageEncoder,
  resolveModel,
  settingsBehind,
  sufficientEdges,
  type ResolvedModel,
  type Turns,
} from '@fashionmatch/encoders';

import { HybridScorer, openedHandle, type EncoderHandle } from '../hybrid-scorer.js';
import { reportDownload } from './model-library.js';
import type { PipelineContainerOptions } from './container-options.js';

/** The verified files of both models, downloaded where they are missing. */
export async function resolveModels({
  config,
  logger,
  progress,
  offline,
}: PipelineContainerOptions): Promise<PerSpace<ResolvedModel>> {
  const { clipModel, dinoModel, precision } = config.models;
  const resolve = (name: string): Promise<ResolvedModel> =>
    resolveModel(name, {
      precision,
      logger,
      onProgress: reportDownload(progress),
      // Otherwise the environment says whether downloads are on.
      ...(offline && { offline }),
    });
  return perSpaceAsync((space) => resolve(space === 'clip' ? clipModel : dinoModel));
}

/** Decodes no more of a large photograph than the two models need, unless exact resizing was asked for. */
export function imageDecoder(
  { clip, dino }: PerSpace<ResolvedModel>,
  { limits, models }: PipelineContainerOptions['config'],
): ImageDecoder {
  const edges = models.resample === 'exact' ? undefined : sufficientEdges([clip.preprocessing, dino.preprocessing]);
  const maxPixels = limits.maxMegapixels * 1_000_000;
  return createSharpImageDecoder({ maxPixels, sufficientEdges: edges, colour: models.colour });
}

/** The scorer of the two models, which load when they are first needed. */
export async function hybridScorer(
  models: PerSpace<ResolvedModel>,
  options: PipelineContainerOptions,
): Promise<HybridScorer> {
  const { device, threads } = options.config.models;
  const turns = encodingTurns(device, threads === 'auto' ? undefined : threads);
  const handles = await perSpaceAsync((space) => encoderHandle(models[space], space, turns, options));
  return new HybridScorer(handles, options.config.models.fusionWeights);
}

const KINDS = { clip: 'CLIP', dino: 'DINOv2' } as const;

async function encoderHandle(
  model: ResolvedModel,
  space: EmbeddingSpace,
  turns: Turns,
  { config, logger, resources }: PipelineContainerOptions,
): Promise<EncoderHandle> {
  const { device, resample, colour, threads } = config.models;
  const { name, sha256, precision, dimensions } = model;
  const open = (): Promise<ImageEncoder & AsyncDisposable> => {
    logger.info(`Loading ${KINDS[space]} model: ${name}`);
    const settings = { device, resample, colour, ...(threads !== 'auto' && { threads }) };
    return openOnnxImageEncoder({ model, logger, turns, ...settings });
  };
  const behind = (otherId: string): string[] =>
    settingsBehind(otherId, model, resample, colour).map(
      (name) => `models.${name === 'model' ? `${space}_model` : name}`,
    );
  // A model that does not say what it gives has to be loaded to know.
  const handle =
    dimensions === undefined
      ? openedHandle(resources.add(await open()))
      : {
          id: encoderId(model, resample, colour),
          dimensions,
          model: { name, sha256, precision, device: deviceNames(device) },
          open,
        };
  return { ...handle, settingsBehind: behind };
}
