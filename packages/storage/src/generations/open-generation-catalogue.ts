import type { GenerationCatalogue, Generations, Logger } from '@fashionmatch/domain';

import type { ChromaPlace } from '../chroma/chroma-store-engine.js';
import { connectRemoteChroma, type ChromaConnection } from '../chroma/connection/chroma-connection.js';
import { FolderGenerationCatalogue } from './folder-generation-catalogue.js';
import { ServerGenerationCatalogue } from './server-generation-catalogue.js';

export interface GenerationCatalogueOptions {
  readonly logger: Logger;
  /** Ends the waiting for a server that is away. */
  readonly signal?: AbortSignal | undefined;
}

/** The generations of a store, wherever that is. Nothing is opened before it is asked for. */
export function chromaGenerationCatalogue(
  { host, persistDirectory, ...place }: ChromaPlace,
  options: GenerationCatalogueOptions,
): GenerationCatalogue {
  const { collectionName } = place;
  if (host === undefined) return new FolderGenerationCatalogue(persistDirectory, collectionName);
  let connecting: Promise<ChromaConnection> | undefined;
  const opened = async (): Promise<GenerationCatalogue> => {
    const connection = await (connecting ??= connectRemoteChroma({ host, ...place, ...options }));
    return new ServerGenerationCatalogue({ connection, collectionName, logger: options.logger });
  };
  return {
    read: async (): Promise<Generations> => (await opened()).read(),
    change: async (next): Promise<Generations> => (await opened()).change(next),
  };
}
