import { FashionMatchError, type TextTower } from '@fashionmatch/domain';
import { createSharpImageDecoder, deviceNames } from '@fashionmatch/encoders';
import type { Container } from 'inversify';

import type { AppConfig } from '../config/app-config.js';
import type { PipelineDependencies } from '../dependencies.js';
import { EMPTY_STORE } from '../empty-store.js';
import { HybridScorer, type EncoderHandle } from '../hybrid-scorer.js';
import { NO_JOURNAL } from '../no-journal.js';
import type { Thumbnails } from '../search/thumbnails.js';
import type { OpenOptions } from './open-options.js';
import { withContainer } from './pipeline-container.js';
import { TOKENS } from './tokens.js';

/** libuv has 4 threads unless told otherwise; decodes must leave some of them to the files. */
const LIBUV_THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
export const DECODE_CONCURRENCY = Math.max(1, LIBUV_THREADS - 2);

export interface OpenedDependencies {
  readonly dependencies: PipelineDependencies;
  readonly textTower: () => Promise<TextTower>;
  readonly thumbnails: Thumbnails;
  /** Whether it is known that something is stored: a reader has looked. */
  readonly hasItems: boolean;
  /** Closes what was opened. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the adapters that the configuration asks for.
 *
 * @throws FashionMatchError when one of them is not usable; nothing is left open then.
 */
export function openDependencies(options: OpenOptions): Promise<OpenedDependencies> {
  const { access = 'write', customise, loadModels = false } = options;
  return withContainer(options, { access }, async (container, close) => {
    const onlyReads = access === 'read' && customise === undefined;
    const isEmpty = onlyReads && !(await (await container.getAsync(TOKENS.engine)).exists());
    const adapters = isEmpty ? await ofEmptyStore(container) : await dependenciesOf(container, loadModels);
    return { ...adapters, hasItems: onlyReads && !isEmpty, close };
  });
}

type OpenedAdapters = Omit<OpenedDependencies, 'close' | 'hasItems'>;

export async function dependenciesOf(container: Container, loadModels = false): Promise<OpenedAdapters> {
  const scorer = await container.getAsync(TOKENS.scorer);
  // Whoever encodes is told of what goes wrong here.
  if (loadModels) scorer.encoders().catch(() => undefined);
  const adapters = {
    scorer,
    decoder: await container.getAsync(TOKENS.decoder),
    vectorStore: await container.getAsync(TOKENS.vectorStore),
    journal: await container.getAsync(TOKENS.journal),
  };
  return withShared(container, adapters, await container.getAsync(TOKENS.textTower));
}

async function withShared(
  container: Container,
  adapters: Pick<PipelineDependencies, 'scorer' | 'decoder' | 'vectorStore' | 'journal'>,
  textTower: () => Promise<TextTower>,
): Promise<OpenedAdapters> {
  const shared = {
    config: container.get(TOKENS.config),
    logger: container.get(TOKENS.logger),
    progress: container.get(TOKENS.progress),
    sources: await container.getAsync(TOKENS.sources),
    decodeConcurrency: DECODE_CONCURRENCY,
    spread: await container.getAsync(TOKENS.spread),
  };
  const thumbnails = await container.getAsync(TOKENS.thumbnails);
  return { dependencies: { ...adapters, ...shared }, textTower, thumbnails };
}

/** Where there is nothing to find, no model is needed, and none is downloaded. */
function ofEmptyStore(container: Container): Promise<OpenedAdapters> {
  const config: AppConfig = container.get(TOKENS.config);
  const { clipModel, dinoModel, precision, device, fusionWeights } = config.models;
  const refuse = (): Promise<never> => Promise.reject(new FashionMatchError('USAGE_INVALID', NOTHING_STORED));
  const handle = (name: string): EncoderHandle => {
    return { id: '', dimensions: 1, model: { name, sha256: '', precision, device: deviceNames(device) }, open: refuse };
  };
  const adapters = {
    scorer: new HybridScorer({ clip: handle(clipModel), dino: handle(dinoModel) }, fusionWeights),
    decoder: createSharpImageDecoder({ maxPixels: config.limits.maxMegapixels * 1_000_000 }),
    vectorStore: EMPTY_STORE,
    journal: NO_JOURNAL,
  };
  return withShared(container, adapters, refuse);
}

const NOTHING_STORED = 'Nothing is stored yet: run "fashionmatch embed" first.';
