import { hasEmbeddedStore } from '@fashionmatch/storage';

import type { AppConfig } from '../config/config.js';
import type { SourceFactory } from '../dependencies.js';
import type { DryRunStore } from '../embedding/dry-run.js';
import { loadConfig } from '../config/load-config.js';
import { NO_JOURNAL } from '../no-journal.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import type { OpenOptions } from './open-options.js';
import { openEmptyStore } from './chroma-store.js';
import { pipelineContainer } from './pipeline-container.js';
import { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

export interface OpenedDryRunStore {
  readonly config: AppConfig;
  readonly sources: SourceFactory;
  readonly store: DryRunStore;
  readonly close: () => Promise<void>;
}

export async function openDryRunStore(options: OpenOptions): Promise<OpenedDryRunStore> {
  const { logger = SILENT_LOGGER, progress = SILENT_PROGRESS } = options;
  const config = options.config ?? (await loadConfig({ path: options.configPath }));
  const resources = new Resources();
  const container = pipelineContainer({
    ...{ config, logger, progress, resources },
    ...{ access: 'read', offline: true, replaceOther: false },
  });
  options.customise?.(container);
  try {
    const sources = await container.getAsync(TOKENS.sources);
    const { host, persistDirectory } = config.database;
    if (host === undefined && !(await hasEmbeddedStore(persistDirectory))) {
      // Then the models need not be here either.
      const vectorStore = await openEmptyStore(config);
      const store = { vectorStore, journal: NO_JOURNAL, encoderIds: { clip: '', dino: '' } };
      return { config, sources, store, close: resources.close };
    }
    const { clip, dino } = (await container.getAsync(TOKENS.scorer)).handles;
    const vectorStore = await container.getAsync(TOKENS.vectorStore);
    const journal = await container.getAsync(TOKENS.journal);
    const store = { vectorStore, journal, encoderIds: { clip: clip.id, dino: dino.id } };
    return { config, sources, store, close: resources.close };
  } catch (error) {
    await resources.close();
    throw error;
  }
}
