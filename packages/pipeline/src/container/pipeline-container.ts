import type { ImageDecoder, ImageEncoder, Logger, PerSpace, ProgressReporter, VectorStore } from '@fashionmatch/domain';
import { createSharpImageDecoder, encoderId, openOnnxImageEncoder, resolveModel } from '@fashionmatch/encoders';
import { openChromaVectorStore, readImageFile, referenceFolder, scrapedBatches } from '@fashionmatch/storage';
import { Container } from 'inversify';

import type { AppConfig } from '../config.js';
import type { SourceFactory } from '../dependencies.js';
import { HybridScorer, type EncoderHandle } from '../hybrid-scorer.js';
import type { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

export interface PipelineContainerOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  readonly access: 'read' | 'write';
  /** Takes what has to be closed. */
  readonly resources: Resources;
}

/** The one place that knows which adapter stands behind which port. Nothing is opened before it is asked for. */
export function pipelineContainer({
  config,
  logger,
  progress,
  access,
  resources,
}: PipelineContainerOptions): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.progress).toConstantValue(progress);
  container.bind(TOKENS.decoder).toResolvedValue(imageDecoder, [TOKENS.config]);
  container.bind(TOKENS.sources).toResolvedValue(sourceFactory, [TOKENS.config, TOKENS.logger]);
  container
    .bind(TOKENS.scorer)
    .toResolvedValue(
      async (...dependencies) => resources.add(await hybridScorer(...dependencies)),
      [TOKENS.config, TOKENS.logger],
    );
  container
    .bind(TOKENS.vectorStore)
    .toResolvedValue(
      async (settings, { handles }, log) => resources.add(await chromaStore(settings, handles, log, access)),
      [TOKENS.config, TOKENS.scorer, TOKENS.logger],
    );
  return container;
}

function imageDecoder({ limits }: AppConfig): ImageDecoder {
  return createSharpImageDecoder({ maxPixels: limits.maxMegapixels * 1_000_000 });
}

function sourceFactory({ limits: { maxFileBytes, allowOutsidePaths } }: AppConfig, logger: Logger): SourceFactory {
  const shared = { maxFileBytes, allowOutsidePaths, logger };
  return {
    references: (directory) => referenceFolder({ directory, ...shared }),
    scraped: (directory) => scrapedBatches({ directory, workingDirectory: process.cwd(), ...shared }),
    readImage: (path) => readImageFile(path, { maxBytes: maxFileBytes }),
  };
}

async function hybridScorer({ models }: AppConfig, logger: Logger, resources: Resources): Promise<HybridScorer> {
  const { device, precision, resample, threads } = models;
  const handle = async (name: string): Promise<EncoderHandle> => {
    const model = await resolveModel(name, { precision, logger });
    const open = (): Promise<ImageEncoder & AsyncDisposable> =>
      openOnnxImageEncoder({ model, device, resample, logger, ...(threads !== 'auto' && { threads }) });
    const { sha256, dimensions } = model;
    if (dimensions === undefined) return openedHandle(resources.add(await open()));
    return { id: encoderId(model, resample), dimensions, model: { name, sha256, precision, device }, open };
  };
  const [clip, dino] = await Promise.all([handle(models.clipModel), handle(models.dinoModel)]);
  return new HybridScorer({ clip, dino }, models.fusionWeights);
}

/** For a model that has to be loaded to know what it gives. */
function openedHandle(encoder: ImageEncoder): EncoderHandle {
  const { id, dimensions, model } = encoder;
  return { id, dimensions, model, open: () => Promise.resolve(encoder) };
}

async function chromaStore(
  { database }: AppConfig,
  encoders: PerSpace<EncoderHandle>,
  logger: Logger,
  access: 'read' | 'write',
): Promise<VectorStore & AsyncDisposable> {
  return openChromaVectorStore({ ...database, encoders, access, logger });
}
