import { FashionMatchError, MAIN_GENERATION, type GenerationModels, type Logger } from '@fashionmatch/domain';
import { planGeneration, resolveGeneration, type AppConfig } from '@fashionmatch/pipeline';

import type { CommonOptions } from '../declaration/common-options.js';
import type { SourceOptions } from '../declaration/source-options.js';
import { loadSourceConfig } from './source-config.js';

export interface RunConfigs {
  /** That of the generation which is written. */
  readonly config: AppConfig;
  /** As it was given: which generations there are is remembered for all of them. */
  readonly given: AppConfig;
}

interface RunOptions extends Pick<CommonOptions, 'config'>, SourceOptions, ChosenModels {
  readonly generation?: string;
  readonly batchSize?: number;
  readonly downloadImages?: true;
  readonly queue?: string;
  readonly serveImages?: string;
}

/**
 * The configurations of a run.
 *
 * @throws FashionMatchError `CONFIG_INVALID`, or `USAGE_INVALID` when options do not go together.
 */
export async function loadRunConfigs(options: RunOptions, logger: Logger): Promise<RunConfigs> {
  const { batchSize, downloadImages, queue, serveImages } = options;
  const given = await loadSourceConfig(options, {
    ...(batchSize !== undefined && { models: { batch_size: batchSize } }),
    ...(downloadImages && { sources: { download_images: true } }),
    queue: {
      ...(queue !== undefined && { url: queue }),
      ...(serveImages !== undefined && { serve_images: serveImages }),
    },
  });
  if (serveImages !== undefined && given.queue.url === undefined) {
    throw new FashionMatchError('USAGE_INVALID', '--serve-images is for the workers of a queue: add --queue.');
  }
  return { config: await generationToEmbed(given, options, logger), given };
}

/** Models that were named for a generation. */
interface ChosenModels {
  readonly clipModel?: string | undefined;
  readonly dinoModel?: string | undefined;
  readonly precision?: string | undefined;
}

/**
 * The configuration for a run: of the generation that it names, which need not be there yet, or of the one that serves.
 *
 * @throws FashionMatchError `USAGE_INVALID` when models are named where they cannot be chosen.
 */
function generationToEmbed(
  config: AppConfig,
  { clipModel, dinoModel, precision }: ChosenModels,
  logger: Logger,
): Promise<AppConfig> {
  const chosen: Partial<GenerationModels> = {
    ...(clipModel !== undefined && { clipModel }),
    ...(dinoModel !== undefined && { dinoModel }),
    ...(precision !== undefined && { precision }),
  };
  const { generation } = config.database;
  const isOther = generation !== undefined && generation !== MAIN_GENERATION;
  if (Object.keys(chosen).length > 0 && !isOther) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      '--clip-model, --dino-model and --precision are for a generation beside the main one: name it with --generation; else set models in the config.',
    );
  }
  return generation === undefined
    ? resolveGeneration(config, { logger })
    : planGeneration(config, generation, chosen, { logger });
}
