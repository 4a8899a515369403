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

import type { EncoderHandle } from '../hybrid-scorer.js';
import type { PipelineContainerOptions } from './container-options.js';

export interface OpenedStore {
  readonly store: VectorStore & AsyncDisposable;
  /** Beside the embedded server's data; undefined when the vectors are kept elsewhere. */
  readonly journalDirectory: string | undefined;
}

export async function openChromaStore(
  encoders: PerSpace<EncoderHandle>,
  options: PipelineContainerOptions,
): Promise<OpenedStore> {
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
    journalDirectory: host === undefined && connection !== undefined ? journalDirectory(persistDirectory) : undefined,
  };
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
async function chromaConnection(options: PipelineContainerOptions): Promise<ChromaConnection | undefined> {
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
