import { join } from 'node:path';

import type {
  EmbeddingJournal,
  ImageDecoder,
  ImageEncoder,
  Logger,
  PerSpace,
  ProgressReporter,
  VectorStore,
} from '@fashionmatch/domain';
import { createSharpImageDecoder, encoderId, openOnnxImageEncoder, resolveModel } from '@fashionmatch/encoders';
import {
  connectEmbeddedChroma,
  connectRemoteChroma,
  hasEmbeddedStore,
  openChromaVectorStore,
  openEmbeddedChroma,
  openLmdbEmbeddingJournal,
  readRegularFile,
  referenceFolder,
  scrapedBatches,
  type ChromaConnection,
} from '@fashionmatch/storage';
import { Container } from 'inversify';

import type { AppConfig } from '../config.js';
import type { SourceFactory } from '../dependencies.js';
import { HybridScorer, type EncoderHandle } from '../hybrid-scorer.js';
import { NO_JOURNAL } from '../no-journal.js';
import { reportDownload } from './model-library.js';
import type { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

export interface PipelineContainerOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly progress: ProgressReporter;
  readonly access: 'read' | 'write';
  readonly replaceOther: boolean;
  /** Takes what has to be closed. */
  readonly resources: Resources;
}

/** The one place that knows which adapter stands behind which port. Nothing is opened before it is asked for. */
export function pipelineContainer(options: PipelineContainerOptions): Container {
  const { config, logger, progress, resources } = options;
  let journalDirectory: string | undefined;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.progress).toConstantValue(progress);
  container.bind(TOKENS.decoder).toResolvedValue(imageDecoder, [TOKENS.config]);
  container.bind(TOKENS.sources).toResolvedValue(sourceFactory, [TOKENS.config, TOKENS.logger]);
  container.bind(TOKENS.scorer).toResolvedValue(async () => resources.add(await hybridScorer(options)), []);
  container.bind(TOKENS.vectorStore).toResolvedValue(
    async ({ handles }) => {
      const opened = await chromaStore(handles, options);
      journalDirectory = opened.journalDirectory;
      return resources.add(opened.store);
    },
    [TOKENS.scorer],
  );
  container.bind(TOKENS.journal).toResolvedValue(
    // After the store, whose lock guards the journal too; and none where another store took its place.
    async (_store: VectorStore) =>
      journalDirectory === undefined ? NO_JOURNAL : resources.add(await journal(journalDirectory, options)),
    [TOKENS.vectorStore],
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
    // A file that the user names may lie anywhere.
    readImage: (path) => readRegularFile(path, { within: undefined, maxBytes: maxFileBytes }),
  };
}

async function hybridScorer({ config, logger, progress, resources }: PipelineContainerOptions): Promise<HybridScorer> {
  const { models } = config;
  const { device, precision, resample, threads } = models;
  const handle = async (name: string, kind: string): Promise<EncoderHandle> => {
    const model = await resolveModel(name, { precision, logger, onProgress: reportDownload(progress) });
    const open = (): Promise<ImageEncoder & AsyncDisposable> => {
      logger.info(`Loading ${kind} model: ${name}`);
      return openOnnxImageEncoder({ model, device, resample, logger, ...(threads !== 'auto' && { threads }) });
    };
    const { sha256, dimensions } = model;
    if (dimensions === undefined) return openedHandle(resources.add(await open()));
    return { id: encoderId(model, resample), dimensions, model: { name, sha256, precision, device }, open };
  };
  const [clip, dino] = await Promise.all([handle(models.clipModel, 'CLIP'), handle(models.dinoModel, 'DINOv2')]);
  return new HybridScorer({ clip, dino }, models.fusionWeights);
}

/** For a model that has to be loaded to know what it gives. */
function openedHandle(encoder: ImageEncoder): EncoderHandle {
  const { id, dimensions, model } = encoder;
  return { id, dimensions, model, open: () => Promise.resolve(encoder) };
}

interface OpenedStore {
  readonly store: VectorStore & AsyncDisposable;
  /** Beside the embedded server's data; undefined when the vectors are kept elsewhere. */
  readonly journalDirectory: string | undefined;
}

async function chromaStore(encoders: PerSpace<EncoderHandle>, options: PipelineContainerOptions): Promise<OpenedStore> {
  const { config, logger, access, replaceOther } = options;
  const { collectionName, batchSize, host, persistDirectory } = config.database;
  const connection = await chromaConnection(options);
  const create = access === 'write';
  return {
    store: await openChromaVectorStore({
      connection,
      collectionName,
      batchSize,
      encoders,
      logger,
      create,
      replaceOther,
    }),
    journalDirectory: host === undefined && connection !== undefined ? join(persistDirectory, 'journal') : undefined,
  };
}

function journal(
  directory: string,
  { config, access, logger }: PipelineContainerOptions,
): Promise<EmbeddingJournal & AsyncDisposable> {
  const { collectionName } = config.database;
  return openLmdbEmbeddingJournal({ directory, collectionName, readOnly: access === 'read', logger });
}

/** None when there is nothing to read yet: a reader starts no server and makes no folder for that. */
async function chromaConnection(options: PipelineContainerOptions): Promise<ChromaConnection | undefined> {
  const { config, logger, access, resources } = options;
  const { host, persistDirectory, ...remote } = config.database;
  if (host !== undefined) return connectRemoteChroma({ host, ...remote, logger });
  if (access === 'read' && !(await hasEmbeddedStore(persistDirectory))) return undefined;
  return connectEmbeddedChroma(resources.add(await openEmbeddedChroma({ persistDirectory, access, logger })));
}
