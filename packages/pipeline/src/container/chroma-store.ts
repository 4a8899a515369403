import { join } from 'node:path';

import type { EmbeddingJournal, PerSpace, VectorStore } from '@fashionmatch/domain';
import {
  connectEmbeddedChroma,
  connectRemoteChroma,
  hasEmbeddedStore,
  openChromaVectorStore,
  openEmbeddedChroma,
  openLmdbEmbeddingJournal,
  openWriterLease,
  type ChromaConnection,
} from '@fashionmatch/storage';

import type { AppConfig } from '../config/config.js';
import type { EncoderHandle } from '../hybrid-scorer.js';
import { SILENT_LOGGER } from '../silent.js';
import type { PipelineContainerOptions } from './container-options.js';

export interface OpenedStore {
  readonly store: VectorStore & AsyncDisposable;
  /** Beside the embedded server's data; undefined when the vectors are kept elsewhere. */
  readonly journalDirectory: string | undefined;
}

export async function openChromaStore(
  connection: ChromaConnection | undefined,
  encoders: PerSpace<EncoderHandle>,
  { config, logger, access, replaceOther }: PipelineContainerOptions,
): Promise<OpenedStore> {
  const { collectionName, batchSize, host, persistDirectory } = config.database;
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
    journalDirectory: host === undefined && connection !== undefined ? journalDirectory(persistDirectory) : undefined,
  };
}

/** Nobody wrote to a store that is not there. */
const NOBODY = { clip: { id: '', dimensions: 1 }, dino: { id: '', dimensions: 1 } };

/** For readers of a store in which there is nothing: no model need be here for that. */
export function openEmptyStore({ database }: AppConfig): Promise<VectorStore & AsyncDisposable> {
  const { collectionName } = database;
  return openChromaVectorStore({ connection: undefined, collectionName, encoders: NOBODY, logger: SILENT_LOGGER });
}

/** Beside the embedded server's data. */
export const journalDirectory = (persistDirectory: string): string => join(persistDirectory, 'journal');

export function openJournal(
  directory: string,
  { config, access, logger }: PipelineContainerOptions,
): Promise<EmbeddingJournal & AsyncDisposable> {
  const { collectionName } = config.database;
  return openLmdbEmbeddingJournal({ directory, collectionName, readOnly: access === 'read', logger });
}

/** None when there is nothing to read yet: a reader starts no server and makes no folder for that. */
export async function chromaConnection(options: PipelineContainerOptions): Promise<ChromaConnection | undefined> {
  const { config, logger, access, resources, signal } = options;
  const { host, persistDirectory, ...remote } = config.database;
  if (host !== undefined) {
    const connection = await connectRemoteChroma({ host, ...remote, signal, logger });
    if (access === 'read') return connection;
    return resources.add(await openWriterLease(connection, { collectionName: config.database.collectionName, logger }));
  }
  if (access === 'read' && !(await hasEmbeddedStore(persistDirectory))) return undefined;
  return connectEmbeddedChroma(resources.add(await openEmbeddedChroma({ persistDirectory, access, logger })));
}
