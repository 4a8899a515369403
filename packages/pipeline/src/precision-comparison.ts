import { dot, perSpace, type DualEmbedding, type PerSpace } from '@fashionmatch/domain';

/** How near the vectors of one precision come to those of another, on the same images. */
export interface SpaceComparison {
  /** Cosine similarity of an image's two vectors. */
  readonly meanCosine: number;
  readonly minCosine: number;
  /** Share of the images whose nearest other image is the same in both; `NaN` for a single image. */
  readonly sameNearest: number;
}

export interface PrecisionComparison {
  readonly images: number;
  readonly spaces: PerSpace<SpaceComparison>;
}

/** @param vectors Of the same images, in the same order. */
export function comparePrecisions(
  reference: readonly DualEmbedding[],
  other: readonly DualEmbedding[],
): PrecisionComparison {
  if (reference.length !== other.length || reference.length === 0) {
    throw new RangeError('There must be as many vectors of one precision as of the other, and at least one');
  }
  const spaces = perSpace((space) =>
    compareSpace(
      reference.map((embedding) => embedding[space]),
      other.map((embedding) => embedding[space]),
    ),
  );
  return { images: reference.length, spaces };
}

function compareSpace(reference: readonly Float32Array[], other: readonly Float32Array[]): SpaceComparison {
  const cosines = reference.map((vector, i) => dot(vector, other[i] ?? []));
  const same = reference.filter((_, i) => nearestTo(i, reference) === nearestTo(i, other)).length;
  return {
    meanCosine: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
    minCosine: Math.min(...cosines),
    sameNearest: reference.length > 1 ? same / reference.length : NaN,
  };
}

function nearestTo(place: number, vectors: readonly Float32Array[]): number {
  const query = vectors[place] ?? new Float32Array();
  let [best, bestScore] = [-1, -Infinity];
  for (const [i, vector] of vectors.entries()) {
    const score = i === place ? -Infinity : dot(query, vector);
    if (score > bestScore) [best, bestScore] = [i, score];
  }
  return best;
}
