import {
  reasonOf,
  StoreBusyError,
  VectorStoreError,
  type EncoderFingerprint,
  type ItemSourceName,
  type PerSpace,
} from '@fashionmatch/domain';

import { ChromaCollection } from './chroma-collection.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { fingerprintOf, nameOf } from './collection-pair.js';

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
  /** Of the clip collection, whose metadata is what readers see. */
  readonly itemsBySource: Readonly<Record<ItemSourceName, number>>;
}

/**
 * Both collections; neither is there when there is no connection, because nothing was ever stored. One that
 * cannot be read is no error here. Takes about 100 bytes an item.
 *
 * @throws VectorStoreError `STORE_UNREACHABLE` when there is no server, or it is too slow.
 */
export async function readCollectionsStatus(
  connection: ChromaConnection | undefined,
  collectionName: string,
): Promise<CollectionsStatus> {
  const [clipName, dinoName] = [nameOf({ collectionName }, 'clip'), nameOf({ collectionName }, 'dino')];
  const inClip = connection && (await ChromaCollection.find(connection, clipName));
  const inDino = connection && (await ChromaCollection.find(connection, dinoName));
  // One after the other: the first may take the server down.
  const clip = await look(inClip, clipName);
  const dino = await look(inDino, dinoName);
  const countOf = async (source: ItemSourceName): Promise<number> =>
    inClip !== undefined && clip.ids.size > 0 ? inClip.countWhere({ fm_source: source }) : 0;
  const [references, scraped] = await Promise.all([countOf('references'), countOf('scraped')]);
  const isReadable = clip.status.state !== 'unreadable' && dino.status.state !== 'unreadable';
  return {
    collections: { clip: clip.status, dino: dino.status },
    unpaired: isReadable ? unpaired(clip.ids, dino.ids) : 0,
    itemsBySource: { references, scraped },
  };
}

interface Look {
  readonly status: CollectionStatus;
  readonly ids: ReadonlySet<string>;
}

async function look(collection: ChromaCollection | undefined, name: string): Promise<Look> {
  const ids = new Set<string>();
  if (collection === undefined) {
    return { status: { name, state: 'missing', reason: '', items: 0, encoder: undefined }, ids };
  }
  const encoder = fingerprintOf(collection);
  try {
    for await (const page of collection.pagesOfIds()) for (const id of page) ids.add(id);
    return { status: { name, state: 'present', reason: '', items: ids.size, encoder }, ids };
  } catch (thrown) {
    if (!(thrown instanceof VectorStoreError) || thrown instanceof StoreBusyError) throw thrown;
    return { status: { name, state: 'unreadable', reason: reasonOf(thrown), items: 0, encoder }, ids: new Set() };
  }
}

function unpaired(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  let pairs = 0;
  for (const id of some) if (others.has(id)) pairs++;
  return some.size + others.size - 2 * pairs;
}
