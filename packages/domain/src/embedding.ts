/** The two places that an encoder can take: `clip` says what an item is, `dino` how it is built. */
export const EMBEDDING_SPACES = ['clip', 'dino'] as const;

export type EmbeddingSpace = (typeof EMBEDDING_SPACES)[number];

export function otherSpace(space: EmbeddingSpace): EmbeddingSpace {
  return space === 'clip' ? 'dino' : 'clip';
}

/** A value for each of the two spaces. */
export type PerSpace<T> = Readonly<Record<EmbeddingSpace, T>>;

/** A value for each of the two spaces, CLIP's made first. */
export function perSpace<T>(valueOf: (space: EmbeddingSpace) => T): PerSpace<T> {
  return { clip: valueOf('clip'), dino: valueOf('dino') };
}

/** What both come to, side by side. */
export async function perSpaceAsync<T>(valueOf: (space: EmbeddingSpace) => Promise<T>): Promise<PerSpace<T>> {
  const [clip, dino] = await Promise.all([valueOf('clip'), valueOf('dino')]);
  return { clip, dino };
}

/** The two vectors of one image. Each has its encoder's dimensions and length 1 (±1e-5). */
export type DualEmbedding = PerSpace<Float32Array>;

/** How far from 1 the length of a unit vector may be: float32 rounding over 1,024 dimensions stays well inside. */
export const UNIT_LENGTH_TOLERANCE = 1e-5;

/** Euclidean length, accumulated in float64. */
export function lengthOf(vector: Iterable<number>): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * Scales a vector to length 1, in place.
 *
 * @throws RangeError when the vector has no direction: length 0, NaN or infinite.
 */
export function normalise(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  if (!(length > 0) || !Number.isFinite(length)) {
    throw new RangeError(`A vector of length ${String(length)} has no direction`);
  }
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

/** Dot product in float64; for two unit vectors this is their cosine similarity, in [-1, 1]. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new RangeError(`Vectors of ${String(a.length)} and ${String(b.length)} dimensions cannot be compared`);
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Cosine similarity of two unit vectors: the rounding of their lengths can put the dot product a little outside [-1, 1]. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.min(1, Math.max(-1, dot(a, b)));
}

/**
 * How far a component that is read may be from the one that was written. An index scales vectors to length 1
 * once more, and back: that moved none of 2,500 by more than 1.1e-8.
 */
const COMPONENT_TOLERANCE = 1e-6;

/** Whether one is the other, as near as a store gives vectors back. */
export function sameVector(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? NaN)) <= COMPONENT_TOLERANCE);
}
