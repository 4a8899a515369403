import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EmbeddingJournal } from '@fashionmatch/domain';
import { openLmdbEmbeddingJournal } from '@fashionmatch/storage';

import type { PipelineContainerOptions } from './container-options.js';

/** Holds what is encoded until the store has it, for those who keep no journal. */
export async function temporaryJournal(options: PipelineContainerOptions): Promise<EmbeddingJournal> {
  const { config, logger, resources } = options;
  const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-journal-'));
  resources.add({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) });
  const { collectionName } = config.database;
  return resources.add(await openLmdbEmbeddingJournal({ directory, collectionName, logger }));
}
