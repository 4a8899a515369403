import type { Logger } from '@fashionmatch/domain';
import {
  connectEmbeddedChroma,
  connectRemoteChroma,
  findStoreHolder,
  findWriter,
  folderSize,
  hasEmbeddedStore,
  openEmbeddedChroma,
  openLmdbEmbeddingJournal,
  readCollectionsStatus,
} from '@fashionmatch/storage';

import type { AppConfig } from '../config/config.js';
import type { StoreStatus } from '../store-status.js';
import { journalDirectory } from './chroma-store.js';

export type { CollectionsStatus, CollectionStatus, StoreHolder } from '@fashionmatch/storage';

/** Enough to ask the second collection after the first has taken the server down. */
const SERVER = { restarts: 3, attempts: 2 };

export async function readStoreStatus(
  { database }: AppConfig,
  { logger }: { readonly logger: Logger },
): Promise<StoreStatus> {
  const { host, port, ssl, path, persistDirectory, collectionName } = database;
  if (host !== undefined) {
    const connection = await connectRemoteChroma({ ...database, host, logger });
    return {
      location: `${host}:${String(port ?? (ssl ? 443 : 8000))}${path ?? ''}`,
      // Looked at before the collections: what is only half there may be on its way.
      holder: await findWriter(connection, { collectionName }),
      ...(await readCollectionsStatus(connection, collectionName)),
      journal: undefined,
      bytesOnDisk: undefined,
    };
  }
  // Looked at before the server that we may start takes the folder.
  const holder = await findStoreHolder(persistDirectory);
  const bytesOnDisk = await folderSize(persistDirectory);
  const directory = journalDirectory(persistDirectory);
  await using journal = await openLmdbEmbeddingJournal({ directory, collectionName, readOnly: true, logger });
  const shared = { location: persistDirectory, journal: await journal.size(), bytesOnDisk, holder };
  if (!(await hasEmbeddedStore(persistDirectory))) {
    return { ...shared, ...(await readCollectionsStatus(undefined, collectionName)) };
  }
  const { restarts, attempts } = SERVER;
  await using server = await openEmbeddedChroma({ persistDirectory, access: 'read', restarts, logger });
  const connection = await connectEmbeddedChroma(server, { attempts });
  return { ...shared, ...(await readCollectionsStatus(connection, collectionName)) };
}
