import type { StoreEngine } from '@fashionmatch/domain';
import { chromaStoreEngine, type ChromaStoreEngineOptions } from '@fashionmatch/storage';

import type { AppConfig } from '../config/app-config.js';

export { folderSize, stageStore } from '@fashionmatch/storage';

/** The store that the configuration names. Nothing is opened before it is asked for. */
export function storeEngine({ database }: AppConfig, options: ChromaStoreEngineOptions): StoreEngine {
  return chromaStoreEngine(database, options);
}
