import { Resources } from '@fashionmatch/domain';
import { createThumbnailer } from '@fashionmatch/encoders';
import { Container } from 'inversify';

import type { AppConfig } from '../config/app-config.js';
import { loadConfig } from '../config/load-config.js';
import type { SourceFactory } from '../dependencies.js';
import { NO_JOURNAL } from '../no-journal.js';
import { Thumbnails } from '../search/thumbnails.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import { hybridScorer, imageDecoder, resolveModels } from './model-encoders.js';
import type { PipelineContainerOptions } from './container-options.js';
import type { OpenOptions, Replacement } from './open-options.js';
import { openedGeneration } from './opened-generation.js';
import { imageDownloader, sourceFactory } from './source-factory.js';
import { storeEngine } from './store-engine.js';
import { temporaryJournal } from './temporary-journal.js';
import { lazyTextTower } from './text-tower.js';
import { spreadOf } from './work-queue.js';
import { RESOLVED_MODELS, TOKENS, type Adapters } from './tokens.js';

export { itemArchive, readableArchive } from '@fashionmatch/storage';

interface ContainerPurpose extends Pick<PipelineContainerOptions, 'access'> {
  readonly offline?: boolean;
  /** Whether it does not matter which generation of a store there is. */
  readonly needsNoStore?: boolean;
}

/**
 * Gives a container to `use`, which takes from it what it needs. What was opened on the way is closed when that fails;
 * else when `close` is called.
 */
export async function withContainer<T>(
  { logger = SILENT_LOGGER, progress = SILENT_PROGRESS, replaceOther, signal, ...given }: OpenOptions,
  { access, offline = false, needsNoStore = false }: ContainerPurpose,
  use: (container: Container, close: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const asked = given.config ?? (await loadConfig({ path: given.configPath }));
  const config =
    needsNoStore || hasOwnStore(given.customise) ? asked : await openedGeneration(asked, { logger, signal });
  const resources = new Resources();
  const options = { config, logger, progress, access, offline, replaceOther, signal, resources };
  try {
    return await use(pipelineContainer(options, given.customise), resources.close);
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** Whose generations are nobody's business here. */
function hasOwnStore(customise: readonly Replacement[] = []): boolean {
  return customise.some(({ replace }) => replace === 'vectorStore' || replace === 'engine');
}

/** The one place that knows which adapter stands behind which port. Nothing is opened before it is asked for. */
function pipelineContainer(options: PipelineContainerOptions, customise: readonly Replacement[] = []): Container {
  const { config, logger, progress, access, resources } = options;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.progress).toConstantValue(progress);
  container.bind(TOKENS.sources).toResolvedValue(() => {
    const downloader = imageDownloader(config);
    return sourceFactory(config, logger, downloader && resources.add(downloader));
  }, []);
  container.bind(TOKENS.spread).toResolvedValue((sources) => spreadOf(options, sources), [TOKENS.sources]);
  container.bind(TOKENS.thumbnails).toResolvedValue(thumbnailsOf, [TOKENS.sources, TOKENS.config]);
  container.bind(RESOLVED_MODELS).toResolvedValue(() => resolveModels(options), []);
  container.bind(TOKENS.decoder).toResolvedValue(imageDecoder, [RESOLVED_MODELS, TOKENS.config]);
  container
    .bind(TOKENS.scorer)
    .toResolvedValue(async (models) => resources.add(await hybridScorer(models, options)), [RESOLVED_MODELS]);
  container
    .bind(TOKENS.textTower)
    .toResolvedValue(({ handles }) => lazyTextTower(handles.clip, options), [TOKENS.scorer]);
  container.bind(TOKENS.engine).toResolvedValue(() => resources.add(storeEngine(config, options)), []);
  container
    .bind(TOKENS.vectorStore)
    // After the models: without them there is nothing to start a server for.
    .toResolvedValue(({ handles }, engine) => engine.open(handles), [TOKENS.scorer, TOKENS.engine]);
  container
    .bind(TOKENS.journal)
    .toResolvedValue(
      async (engine) => (await engine.journal()) ?? (access === 'mend' ? temporaryJournal(options) : NO_JOURNAL),
      [TOKENS.engine],
    );
  // The journal belongs to the store that was replaced.
  if (customise.some(({ replace }) => replace === 'vectorStore')) {
    container.rebind(TOKENS.journal).toConstantValue(NO_JOURNAL);
  }
  for (const replacement of customise) replaceIn(container, replacement);
  return container;
}

function replaceIn<Name extends keyof Adapters>(container: Container, { replace, by }: Replacement<Name>): void {
  container.rebind<Adapters[Name]>(TOKENS[replace]).toConstantValue(by);
}

/** Two at once leave libuv's threads, of which there are four, to searches. */
const THUMBNAILS_AT_ONCE = 2;

function thumbnailsOf(sources: SourceFactory, { limits }: AppConfig): Thumbnails {
  const draw = createThumbnailer({ maxPixels: limits.maxMegapixels * 1_000_000 });
  return new Thumbnails({ sources, draw, concurrency: THUMBNAILS_AT_ONCE });
}
