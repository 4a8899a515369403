import type { GenerationCatalogue, StoreEngine } from '@fashionmatch/domain';
import {
  chromaGenerationCatalogue,
  chromaStoreEngine,
  isStoreWanted,
  type ChromaStoreEngineOptions,
  type GenerationCatalogueOptions,
} from '@fashionmatch/storage';

import type { AppConfig } from '../config/app-config.js';

export { folderSize, generationCollection, stageStore } from '@fashionmatch/storage';

/** The store that the configuration names. Nothing is opened before it is asked for. */
export function storeEngine({ database }: AppConfig, options: ChromaStoreEngineOptions): StoreEngine {
  return chromaStoreEngine(database, options);
}

/** What remembers its generations. Nothing is opened before it is asked for. */
export function generationCatalogue({ database }: AppConfig, options: GenerationCatalogueOptions): GenerationCatalogue {
  return chromaGenerationCatalogue(database, options);
}

/** Whether somebody waits until those who read the store let it go; on a server of its own nobody has to. */
export function isWaitedFor({ database }: Pick<AppConfig, 'database'>): Promise<boolean> {
  return database.host === undefined ? isStoreWanted(database.persistDirectory) : Promise.resolve(false);
}
