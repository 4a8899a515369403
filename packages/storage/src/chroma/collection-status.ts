import {
  reasonOf,
  StoreBusyError,
  VectorStoreError,
  type CollectionsStatus,
  type CollectionStatus,
  type ItemSourceName,
} from '@fashionmatch/domain';

import { ChromaCollection } from './chroma-collection.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { fingerprintOf, nameOf } from './collection-pair.js';

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
  const unknown = Math.max(0, clip.ids.size - references - scraped);
  const isReadable = clip.status.state !== 'unreadable' && dino.status.state !== 'unreadable';
  return {
    collections: { clip: clip.status, dino: dino.status },
    unpaired: isReadable ? unpaired(clip.ids, dino.ids) : 0,
    itemsBySource: { references, scraped, unknown },
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
