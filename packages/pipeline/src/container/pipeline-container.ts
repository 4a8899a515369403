import type { EmbeddingJournal, VectorStore } from '@fashionmatch/domain';
import { createThumbnailer } from '@fashionmatch/encoders';
import { Container } from 'inversify';

import type { AppConfig } from '../config/config.js';
import type { SourceFactory } from '../dependencies.js';
import { NO_JOURNAL } from '../no-journal.js';
import { Thumbnails } from '../search/thumbnails.js';
import { chromaConnection, openChromaStore, openJournal, type OpenedStore } from './chroma-store.js';
import { hybridScorer, imageDecoder, resolveModels } from './model-encoders.js';
import type { PipelineContainerOptions } from './container-options.js';
import { sourceFactory } from './source-factory.js';
import { lazyTextTower } from './text-tower.js';
import { CONNECT, RESOLVED_MODELS, TOKENS } from './tokens.js';

/** The one place that knows which adapter stands behind which port. Nothing is opened before it is asked for. */
export function pipelineContainer(options: PipelineContainerOptions): Container {
  const { config, logger, progress, resources } = options;
  let opened: OpenedStore | undefined;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.progress).toConstantValue(progress);
  container.bind(TOKENS.sources).toResolvedValue(sourceFactory, [TOKENS.config, TOKENS.logger]);
  container.bind(TOKENS.thumbnails).toResolvedValue(thumbnailsOf, [TOKENS.sources, TOKENS.config]);
  container.bind(RESOLVED_MODELS).toResolvedValue(() => resolveModels(options), []);
  container.bind(TOKENS.decoder).toResolvedValue(imageDecoder, [RESOLVED_MODELS, TOKENS.config]);
  container
    .bind(TOKENS.scorer)
    .toResolvedValue(async (models) => resources.add(await hybridScorer(models, options)), [RESOLVED_MODELS]);
  container
    .bind(TOKENS.textTower)
    .toResolvedValue(({ handles }) => lazyTextTower(handles.clip, options), [TOKENS.scorer]);
  let connection: ReturnType<typeof chromaConnection> | undefined;
  container.bind(CONNECT).toConstantValue(() => (connection ??= chromaConnection(options)));
  container.bind(TOKENS.vectorStore).toResolvedValue(
    // After the models: without them there is nothing to start a server for.
    async ({ handles }, connect) => {
      opened = await openChromaStore(await connect(), handles, options);
      return resources.add(opened.store);
    },
    [TOKENS.scorer, CONNECT],
  );
  // After the store, whose lock guards the journal too; and none where another store took its place.
  const journalBesideStore = async (store: VectorStore): Promise<EmbeddingJournal> =>
    store !== opened?.store || opened.journalDirectory === undefined
      ? NO_JOURNAL
      : resources.add(await openJournal(opened.journalDirectory, options));
  container.bind(TOKENS.journal).toResolvedValue(journalBesideStore, [TOKENS.vectorStore]);
  return container;
}

/** Two at once leave libuv's threads, of which there are four, to searches. */
const THUMBNAILS_AT_ONCE = 2;

function thumbnailsOf(sources: SourceFactory, { limits }: AppConfig): Thumbnails {
  const draw = createThumbnailer({ maxPixels: limits.maxMegapixels * 1_000_000 });
  return new Thumbnails({ sources, draw, concurrency: THUMBNAILS_AT_ONCE });
}
