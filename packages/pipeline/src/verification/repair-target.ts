import {
  EMBEDDING_SPACES,
  perSpace,
  sameStored,
  type DualEmbedding,
  type EmbeddingSpace,
  type HalfRecord,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';

import { vectorFaultOf, type ItemView } from './item-faults.js';

/** An item as both halves are to have it. */
export interface RepairTarget {
  readonly stored: StoredItem;
  /** Undefined where the image has to be encoded again. */
  readonly vectors: PerSpace<Float32Array | undefined>;
  /** Whether the journal remembers both. */
  readonly inJournal: boolean;
}

/**
 * What the halves have when they agree, and the journal's word when they do not: it is written last, so that it
 * is the older of two versions when a run was killed between them, and the next run makes it new again.
 *
 * @param inJournal the journal's record of the item.
 * @returns undefined when nobody knows what item it is.
 */
export function storedTarget({ rows }: ItemView, inJournal: StoredItem | undefined): StoredItem | undefined {
  const [inClip, inDino] = [rows.clip?.stored, rows.dino?.stored];
  const disagree = inClip && inDino && !sameStored(inClip, inDino);
  return disagree ? (inJournal ?? inClip) : (inClip ?? inDino ?? inJournal);
}

/** The vectors of the content: as the journal remembers them, else as they are stored, when they are sound. */
export function vectorsFor(
  stored: StoredItem,
  view: ItemView,
  remembered: PerSpace<Float32Array | undefined>,
  dimensions: PerSpace<number>,
): PerSpace<Float32Array | undefined> {
  return perSpace((space) => {
    if (remembered[space]) return remembered[space];
    const row = view.rows[space];
    const isOfContent = row?.stored?.provenance.contentSha256 === stored.provenance.contentSha256;
    return row && isOfContent && vectorFaultOf(row.vector, dimensions[space], undefined) === undefined
      ? row.vector
      : undefined;
  });
}

/** What has to be written into one half to make it what it should be; undefined when it is already. */
export function recordToWrite(
  space: EmbeddingSpace,
  { rows }: ItemView,
  { stored, vectors }: Pick<RepairTarget, 'stored' | 'vectors'>,
  dimensions: PerSpace<number>,
): HalfRecord | undefined {
  const vector = vectors[space];
  if (vector === undefined) return undefined;
  const row = rows[space];
  const isRight =
    row?.stored !== undefined &&
    sameStored(row.stored, stored) &&
    vectorFaultOf(row.vector, dimensions[space], vector) === undefined;
  return isRight ? undefined : { stored, vector };
}

export function hasBothVectors(vectors: PerSpace<Float32Array | undefined>): vectors is DualEmbedding {
  return EMBEDDING_SPACES.every((space) => vectors[space] !== undefined);
}
