import { MAIN_GENERATION, type Logger } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { chosenGeneration, mainGeneration } from '../generations/generation-config.js';
import { generationCatalogue, generationCollection } from './store-engine.js';

/**
 * The configuration of the generation that is to be opened: the one that it asks for, or that serves. What was looked up
 * before stays as it is.
 *
 * @throws FashionMatchError `USAGE_INVALID` when there is no such generation; as the catalogue does.
 */
export async function openedGeneration(
  config: AppConfig,
  options: { readonly logger: Logger; readonly signal?: AbortSignal | undefined },
): Promise<AppConfig> {
  const { generation, openedGeneration } = config.database;
  if (openedGeneration !== undefined) return config;
  // Whoever says so need not know what else there is.
  if (generation === MAIN_GENERATION) return mainGeneration(config);
  const generations = await generationCatalogue(config, options).read();
  return chosenGeneration(config, generations, generationCollection);
}
