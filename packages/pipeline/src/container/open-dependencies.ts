import type { TextTower } from '@fashionmatch/domain';

import type { PipelineDependencies } from '../dependencies.js';
import { loadConfig } from '../load-config.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import type { Thumbnails } from '../thumbnails.js';
import type { OpenOptions } from './open-options.js';
import { pipelineContainer } from './pipeline-container.js';
import { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

/** libuv has 4 threads unless told otherwise; decodes must leave some of them to the files. */
const LIBUV_THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
export const DECODE_CONCURRENCY = Math.max(1, LIBUV_THREADS - 2);

export interface OpenedDependencies {
  readonly dependencies: PipelineDependencies;
  readonly textTower: () => Promise<TextTower>;
  readonly thumbnails: Thumbnails;
  /** Closes what was opened. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the adapters that the configuration asks for.
 *
 * @throws FashionMatchError when one of them is not usable; nothing is left open then.
 */
export async function openDependencies(options: OpenOptions): Promise<OpenedDependencies> {
  const { access = 'write', replaceOther = false, logger = SILENT_LOGGER, progress = SILENT_PROGRESS } = options;
  const config = options.config ?? (await loadConfig({ path: options.configPath }));
  const resources = new Resources();
  const { signal } = options;
  const container = pipelineContainer({
    ...{ config, logger, progress, resources, signal },
    ...{ access, offline: false, replaceOther },
  });
  options.customise?.(container);
  try {
    const [scorer, decoder, vectorStore, journal, sources] = await Promise.all([
      container.getAsync(TOKENS.scorer),
      container.getAsync(TOKENS.decoder),
      container.getAsync(TOKENS.vectorStore),
      container.getAsync(TOKENS.journal),
      container.getAsync(TOKENS.sources),
    ]);
    const textTower = await container.getAsync(TOKENS.textTower);
    const thumbnails = await container.getAsync(TOKENS.thumbnails);
    const adapters = { scorer, decoder, vectorStore, journal, sources, logger, progress };
    const dependencies = { config, ...adapters, decodeConcurrency: DECODE_CONCURRENCY };
    return { dependencies, textTower, thumbnails, close: resources.close };
  } catch (error) {
    await resources.close();
    throw error;
  }
}
