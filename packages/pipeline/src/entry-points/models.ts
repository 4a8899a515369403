import type { Logger } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { CompareOptions } from '../container/compare-models.js';
import type { ModelCheck, ModelStatus, PullOptions } from '../container/model-library.js';
import type { PrecisionComparison } from '../precision-comparison.js';

export type { CompareOptions } from '../container/compare-models.js';
export type {
  EncoderCheck,
  ModelCheck,
  ModelFileStatus,
  ModelStatus,
  PullOptions,
} from '../container/model-library.js';

/**
 * What is on this machine of the configured models; downloads and sends nothing.
 *
 * @param options.thorough Reads every file in full, also those that were found right before.
 * @throws FashionMatchError `CONFIG_INVALID` when a name is no model.
 */
export async function inspectModels(
  config: AppConfig,
  { thorough = false }: { readonly thorough?: boolean } = {},
): Promise<ModelStatus[]> {
  const library = await import('../container/model-library.js');
  return library.inspectModels(config, thorough);
}

/**
 * What a folder holds: its model is opened in every precision that is there, and encodes two pictures.
 *
 * @throws FashionMatchError `MODEL_MISSING` when there is no such folder, or no image encoder in it.
 */
export async function checkModel(folder: string, { models }: AppConfig, logger: Logger): Promise<ModelCheck> {
  const library = await import('../container/model-library.js');
  const { device, resample, colour } = models;
  return library.checkModel(folder, { device, resample, colour, logger });
}

/**
 * Whether texts can be searched for with the configured models; downloads and sends nothing.
 *
 * @throws FashionMatchError `CONFIG_INVALID` when a name is no model.
 */
export async function readsTexts(config: AppConfig): Promise<boolean> {
  const library = await import('../container/model-library.js');
  return library.readsTexts(config);
}

/**
 * Downloads what is missing of the configured models, and verifies all of it.
 *
 * @throws FashionMatchError `MODEL_MISSING` or `MODEL_INVALID` when that cannot be done.
 */
export async function pullModels(config: AppConfig, options: PullOptions): Promise<void> {
  const library = await import('../container/model-library.js');
  await library.pullModels(config, options);
}

/**
 * How near another precision of the configured models comes to fp32, on photographs of one's own.
 *
 * @throws FashionMatchError `SOURCE_UNREADABLE` when there is no image to compare; else as {@link pullModels} does.
 */
export async function compareModels(config: AppConfig, options: CompareOptions): Promise<PrecisionComparison> {
  const comparison = await import('../container/compare-models.js');
  return comparison.compareModels(config, options);
}
