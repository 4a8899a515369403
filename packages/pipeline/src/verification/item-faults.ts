import {
  EMBEDDING_SPACES,
  lengthOf,
  sameStored,
  sameVector,
  UNIT_LENGTH_TOLERANCE,
  type EmbeddingSpace,
  type HalfRow,
  type PerSpace,
} from '@fashionmatch/domain';

/** What can be wrong with one item of a store. */
export const ITEM_FAULTS = [
  /** One of the two halves has no row of it. */
  'half_missing',
  'vector_unreadable',
  'vector_dimensions',
  'vector_not_finite',
  'vector_not_unit',
  /** It is not what the journal remembers of the same content. */
  'vector_differs',
  /** It is not what the item's image gives. */
  'not_of_image',
  'metadata_unreadable',
  'metadata_differs',
  /** The journal remembers it, and a half that could have told whether it is stored is gone. */
  'lost',
] as const;

export type ItemFaultKind = (typeof ITEM_FAULTS)[number];

/** Whether it is the index that has not what was written into it. */
export function isVectorFault(kind: ItemFaultKind): boolean {
  return kind.startsWith('vector_');
}

export interface ItemFault {
  readonly itemId: string;
  readonly kind: ItemFaultKind;
  /** Whose half it is in; undefined when it is in both, or between them. */
  readonly space: EmbeddingSpace | undefined;
}

/** An item as its store and journal have it, sound or not. */
export interface ItemView {
  readonly itemId: string;
  readonly rows: PerSpace<HalfRow | undefined>;
  /** By space: the vectors that the journal remembers of the content that the row names. */
  readonly remembered: PerSpace<Float32Array | undefined>;
}

/**
 * Everything that is wrong with one item.
 *
 * @param readable the spaces whose halves can be read; of the others nothing is said.
 */
export function faultsOf(
  { itemId, rows, remembered }: ItemView,
  readable: readonly EmbeddingSpace[],
  dimensions: PerSpace<number>,
): ItemFault[] {
  const unreadableInBoth = EMBEDDING_SPACES.every((space) => rows[space] && rows[space].stored === undefined);
  const faults = readable.flatMap((space): ItemFault[] => {
    const row = rows[space];
    if (row === undefined) return [{ itemId, kind: 'half_missing', space }];
    const kind = vectorFaultOf(row.vector, dimensions[space], remembered[space]);
    return [
      ...(kind === undefined ? [] : [{ itemId, kind, space }]),
      ...(row.stored === undefined && !unreadableInBoth
        ? [{ itemId, kind: 'metadata_unreadable' as const, space }]
        : []),
    ];
  });
  if (unreadableInBoth) faults.push({ itemId, kind: 'metadata_unreadable', space: undefined });
  const [inClip, inDino] = [rows.clip?.stored, rows.dino?.stored];
  if (inClip && inDino && !sameStored(inClip, inDino)) {
    faults.push({ itemId, kind: 'metadata_differs', space: undefined });
  }
  return faults;
}

/** What is wrong with a stored vector. @param remembered what it was written as, where that is known. */
export function vectorFaultOf(
  vector: Float32Array,
  dimensions: number,
  remembered: Float32Array | undefined,
): ItemFaultKind | undefined {
  if (vector.length === 0) return 'vector_unreadable';
  if (vector.length !== dimensions) return 'vector_dimensions';
  if (!vector.every(Number.isFinite)) return 'vector_not_finite';
  if (Math.abs(lengthOf(vector) - 1) > UNIT_LENGTH_TOLERANCE) return 'vector_not_unit';
  if (remembered !== undefined && !sameVector(vector, remembered)) return 'vector_differs';
  return undefined;
}
