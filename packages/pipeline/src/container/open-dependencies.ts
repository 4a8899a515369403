import { FashionMatchError, type TextTower } from '@fashionmatch/domain';
import { createSharpImageDecoder } from '@fashionmatch/encoders';
import { holdsItems } from '@fashionmatch/storage';
import type { Container } from 'inversify';

import type { AppConfig } from '../config/config.js';
import type { PipelineDependencies } from '../dependencies.js';
import { HybridScorer, type EncoderHandle } from '../hybrid-scorer.js';
import { loadConfig } from '../config/load-config.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import { NO_JOURNAL } from '../no-journal.js';
import type { Thumbnails } from '../search/thumbnails.js';
import { openEmptyStore } from './chroma-store.js';
import type { OpenOptions } from './open-options.js';
import { pipelineContainer } from './pipeline-container.js';
import { Resources } from './resources.js';
import { CONNECT, TOKENS } from './tokens.js';

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
    const onlyReads = access === 'read' && options.customise === undefined;
    const isEmpty = onlyReads && !(await holdsItems(await container.get(CONNECT)(), config.database.collectionName));
    const { textTower, ...adapters } = isEmpty ? await ofEmptyStore(config) : await resolved(container);
    const thumbnails = await container.getAsync(TOKENS.thumbnails);
    const sources = await container.getAsync(TOKENS.sources);
    const shared = { config, sources, logger, progress, decodeConcurrency: DECODE_CONCURRENCY };
    const dependencies = { ...adapters, ...shared };
    return { dependencies, textTower, thumbnails, close: resources.close };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

type ModelsAndStore = Pick<PipelineDependencies, 'scorer' | 'decoder' | 'vectorStore' | 'journal'> &
  Pick<OpenedDependencies, 'textTower'>;

async function resolved(container: Container): Promise<ModelsAndStore> {
  const [scorer, decoder, vectorStore, journal] = await Promise.all([
    container.getAsync(TOKENS.scorer),
    container.getAsync(TOKENS.decoder),
    container.getAsync(TOKENS.vectorStore),
    container.getAsync(TOKENS.journal),
  ]);
  return { scorer, decoder, vectorStore, journal, textTower: await container.getAsync(TOKENS.textTower) };
}

/** Where there is nothing to find, no model is needed, and none is downloaded. */
async function ofEmptyStore(config: AppConfig): Promise<ModelsAndStore> {
  const { clipModel, dinoModel, precision, device, fusionWeights } = config.models;
  const refuse = (): Promise<never> => Promise.reject(new FashionMatchError('USAGE_INVALID', NOTHING_STORED));
  const handle = (name: string): EncoderHandle => {
    return { id: '', dimensions: 1, model: { name, sha256: '', precision, device }, open: refuse };
  };
  return {
    scorer: new HybridScorer({ clip: handle(clipModel), dino: handle(dinoModel) }, fusionWeights),
    decoder: createSharpImageDecoder({ maxPixels: config.limits.maxMegapixels * 1_000_000 }),
    vectorStore: await openEmptyStore(config),
    journal: NO_JOURNAL,
    textTower: refuse,
  };
}

const NOTHING_STORED = 'Nothing is stored yet: run "fashionmatch embed" first.';
