import { EMBEDDING_SPACES, type PerSpace } from '../embedding.js';
import type { EncoderFingerprint } from '../encoder-fingerprint.js';
import type { ItemSourceName } from '../fashion-item.js';
import type { JournalSize } from './embedding-journal.js';

/** What a collection says of itself, without a look at its vectors. */
export interface CollectionStatus {
  readonly name: string;
  readonly state: 'present' | 'missing' | 'unreadable';
  /** Why it cannot be read; `''` when it can, or is not there. */
  readonly reason: string;
  readonly items: number;
  /** Undefined when the collection does not say whose vectors it has. */
  readonly encoder: EncoderFingerprint | undefined;
}

export interface CollectionsStatus {
  readonly collections: PerSpace<CollectionStatus>;
  /** Items that one collection has and the other has not; 0 when one of them cannot be read. */
  readonly unpaired: number;
  /** Of the clip collection, whose metadata is what readers see; other programs' items are of an unknown source. */
  readonly itemsBySource: Readonly<Record<ItemSourceName | 'unknown', number>>;
}

/** Who has a store open. */
export interface StoreHolder {
  readonly pid: number;
  readonly host: string;
  /** When it took the store, ISO 8601 in UTC; by its own clock, so for people only. */
  readonly since: string;
  readonly access: 'read' | 'write';
  /** The server that it runs on this machine. */
  readonly server?: { readonly pid: number; readonly port: number } | undefined;
}

/** What is stored, as far as it can be told without reading the vectors. */
export interface StoreStatus extends CollectionsStatus {
  /** A folder, or `host:port` of a server of your own. */
  readonly location: string;
  /** Undefined where none is kept. */
  readonly journal: JournalSize | undefined;
  /** Of everything in the folder; undefined for a server of your own. */
  readonly bytesOnDisk: number | undefined;
  /** Who has the store open now, besides us. */
  readonly holder: StoreHolder | undefined;
}

/**
 * Whether the two collections hold other items than each other, or one cannot be read. Vectors are not looked at.
 * What only one of them has while somebody writes is on its way into the other.
 */
export function isOutOfStep({ collections, unpaired, holder }: StoreStatus): boolean {
  const isUnreadable = EMBEDDING_SPACES.some((space) => collections[space].state === 'unreadable');
  return isUnreadable || (unpaired > 0 && holder?.access !== 'write');
}
