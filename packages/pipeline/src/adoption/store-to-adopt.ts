// Taking over a store that another program wrote: whose vectors they are is found out, and what this program wants to
// know of each item is written beside them. The vectors stay.

import {
  EMBEDDING_SPACES,
  lengthOf,
  normalise,
  perSpace,
  type EmbeddedItem,
  type HalfRow,
  type ImageFile,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';
import pMap from 'p-map';

import type { EncodingTools } from '../verification/encode-again.js';
import type { ItemView } from '../verification/item-faults.js';
import type { StoreUnderTest } from '../verification/store-under-test.js';

export interface StoreToAdopt {
  readonly store: StoreUnderTest;
  readonly tools: EncodingTools;
  /** The image that an item was made of; undefined where there is none. */
  readonly findImage: (stored: StoredItem) => Promise<ImageFile | undefined>;
}

/** Files looked for at once. */
const SOUGHT_AT_ONCE = 8;

/** An item with the file that it was made of. */
export interface LocatedItem {
  readonly item: EmbeddedItem;
  readonly file: ImageFile | undefined;
}

/** The items among these rows that can be taken over, each with its image; why the others cannot. */
export async function locate(
  views: readonly ItemView[],
  { store: { encoders }, findImage }: StoreToAdopt,
): Promise<(LocatedItem | { readonly itemId: string; readonly reason: string })[]> {
  return pMap(
    views,
    async ({ itemId, rows }) => {
      const read = embeddedItemOf(rows, encoders);
      if (typeof read === 'string') return { itemId, reason: read };
      // Of one that was taken over before, it is known.
      return { item: read, file: isKnown(read) ? imageOf(read) : await findImage(read) };
    },
    { concurrency: SOUGHT_AT_ONCE },
  );
}

/** Whether what its image is stands beside an item already. */
export const isKnown = ({ provenance }: StoredItem): boolean => provenance.contentSha256 !== '';

const imageOf = ({ provenance: { filePath: path, fileSize: size, fileMtimeMs: mtimeMs } }: StoredItem): ImageFile => {
  return { path, size, mtimeMs };
};

/** The item with vectors of length 1, or one sentence about why it cannot be read. */
function embeddedItemOf(
  rows: PerSpace<HalfRow | undefined>,
  encoders: StoreUnderTest['encoders'],
): EmbeddedItem | string {
  for (const space of EMBEDDING_SPACES) {
    const row = rows[space];
    if (row === undefined) return `it has no ${space} vector`;
    if (row.vector.length !== encoders[space].dimensions) return `its ${space} vector cannot be read`;
    if (!Number.isFinite(lengthOf(row.vector)) || lengthOf(row.vector) === 0)
      return `its ${space} vector has no direction`;
  }
  const stored = rows.clip?.stored ?? rows.dino?.stored;
  if (stored === undefined) return 'what stands beside its vectors cannot be read';
  return { ...stored, embeddings: perSpace((space) => normalise(Float32Array.from(rows[space]?.vector ?? []))) };
}
