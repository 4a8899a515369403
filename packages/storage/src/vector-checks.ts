import {
  EMBEDDING_SPACES,
  EmbeddingDimensionError,
  lengthOf,
  reasonOf,
  UNIT_LENGTH_TOLERANCE,
  type EmbeddedItem,
  type EmbeddingSpace,
  type PerSpace,
} from '@fashionmatch/domain';

type Dimensions = PerSpace<{ readonly dimensions: number }>;

/** @throws EmbeddingDimensionError when an id occurs twice, or a vector fails {@link checkVector}. */
export function checkBatch(items: readonly EmbeddedItem[], encoders: Dimensions): void {
  const seen = new Set<string>();
  for (const { item, embeddings } of items) {
    if (seen.has(item.itemId)) {
      throw new EmbeddingDimensionError(`The id ${reasonOf(item.itemId)} occurs twice in one upsert`);
    }
    seen.add(item.itemId);
    for (const space of EMBEDDING_SPACES) checkVector(embeddings[space], space, encoders, item.itemId);
  }
}

/** @throws EmbeddingDimensionError when the vector has other dimensions than its encoder's, or a length other than 1. */
export function checkVector(vector: Float32Array, space: EmbeddingSpace, encoders: Dimensions, whose: string): void {
  const { dimensions } = encoders[space];
  if (vector.length !== dimensions) {
    throw new EmbeddingDimensionError(
      `The ${space} vector of ${reasonOf(whose)} has ${String(vector.length)} dimensions, not ${String(dimensions)}`,
    );
  }
  const length = lengthOf(vector);
  // The other way round, a NaN would pass.
  if (!(Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE)) {
    throw new EmbeddingDimensionError(`The ${space} vector of ${reasonOf(whose)} has length ${String(length)}, not 1`);
  }
}
