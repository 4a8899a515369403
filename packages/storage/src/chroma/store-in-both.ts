import {
  EMBEDDING_SPACES,
  perSpaceAsync,
  reasonOf,
  type DualEmbedding,
  type EmbeddingSpace,
  type UpsertFailure,
} from '@fashionmatch/domain';

import type { ChromaRecord } from './chroma-record.js';
import { inBoth, type CollectionPair } from './collection-pair.js';
import { isolateRefused, type Refused } from './connection/isolate-refused.js';

/** An item as the two collections take it. */
export interface DualRecord extends ChromaRecord {
  readonly embeddings: DualEmbedding;
}

/**
 * Stores records in both collections and gives those that Chroma refused. At every moment an item is
 * in both with vectors of one image, or not in both, whenever the process or the server dies: what is
 * replaced is taken out first (which is also five times faster than replacing it in place). An item
 * whose replacement is refused is gone.
 */
export async function storeInBoth(pair: CollectionPair, records: readonly DualRecord[]): Promise<UpsertFailure[]> {
  const ids = records.map(({ id }) => id);
  const present = await perSpaceAsync((space) => pair[space].present(ids));
  for (const space of EMBEDDING_SPACES) if (present[space].size > 0) await pair[space].delete([...present[space]]);

  const refusedByDino = await storeInOne(pair, 'dino', records);
  const lost = new Set(refusedByDino.map(({ record }) => record));
  const refusedByClip = await storeInOne(
    pair,
    'clip',
    records.filter((record) => !lost.has(record)),
  );
  if (refusedByClip.length > 0) await pair.dino.delete(refusedByClip.map(({ record }) => record.id));

  return [...refusedByDino, ...refusedByClip].map(({ record, error }) => ({
    itemId: record.id,
    reason: reasonOf(error),
  }));
}

/**
 * Replaces the metadata of records in both collections, and gives those that are not in both, or that Chroma refused.
 * Readers see that of the clip collection, so it is written last.
 */
export async function updateInBoth(pair: CollectionPair, records: readonly ChromaRecord[]): Promise<UpsertFailure[]> {
  const stored = await inBoth(pair, records.map(({ id }) => id)); // prettier-ignore
  let left = records.filter(({ id }) => stored.has(id));
  const failures = records
    .filter(({ id }) => !stored.has(id))
    .map(({ id }) => ({ itemId: id, reason: 'it is not stored' }));
  for (const collection of [pair.dino, pair.clip]) {
    const refused = await isolateRefused(left, (part) => collection.updateMetadata(part));
    failures.push(...refused.map(({ record, error }) => ({ itemId: record.id, reason: reasonOf(error) })));
    left = left.filter((record) => !refused.some((one) => one.record === record));
  }
  return failures;
}

function storeInOne(
  pair: CollectionPair,
  space: EmbeddingSpace,
  records: readonly DualRecord[],
): Promise<Refused<DualRecord>[]> {
  return isolateRefused(records, (part) =>
    pair[space].upsert(part.map(({ embeddings, ...record }) => ({ ...record, vector: embeddings[space] }))),
  );
}
