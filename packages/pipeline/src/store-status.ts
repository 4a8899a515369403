import { EMBEDDING_SPACES, type JournalSize, type Logger } from '@fashionmatch/domain';

import type { AppConfig } from './config/config.js';
import type { CollectionsStatus, StoreHolder } from './container/read-store-status.js';

export type { CollectionStatus, StoreHolder } from './container/read-store-status.js';

/** What is stored, as far as it can be told without reading the vectors. */
export interface StoreStatus extends CollectionsStatus {
  /** A folder, or `host:port` of a server of your own. */
  readonly location: string;
  /** Undefined where none is kept. */
  readonly journal: JournalSize | undefined;
  /** Of everything in the folder; undefined for a server of your own. */
  readonly bytesOnDisk: number | undefined;
  /** Who has the folder open now, besides us. */
  readonly holder: StoreHolder | undefined;
}

/**
 * Looks at the store that the configuration names. Joins a server that runs, needs no model, and creates nothing.
 *
 * @throws VectorStoreError when there is a store that cannot be reached.
 */
export async function readStoreStatus(config: AppConfig, options: { readonly logger: Logger }): Promise<StoreStatus> {
  const reader = await import('./container/read-store-status.js');
  return reader.readStoreStatus(config, options);
}

/**
 * Whether the two collections hold other items than each other, or one cannot be read. Vectors are not looked at.
 * What only one of them has while somebody writes is on its way into the other.
 */
export function isOutOfStep({ collections, unpaired, holder }: StoreStatus): boolean {
  const isUnreadable = EMBEDDING_SPACES.some((space) => collections[space].state === 'unreadable');
  return isUnreadable || (unpaired > 0 && holder?.access !== 'write');
}
