import { dot, meanOf, perSpace, type DualEmbedding, type PerSpace } from '@fashionmatch/domain';

/** How near the vectors of one precision come to those of another, on the same images. */
export interface SpaceComparison {
  /** Cosine similarity of an image's two vectors. */
  readonly meanCosine: number;
  readonly minCosine: number;
  /** Share of the images whose nearest other image is the same in both; `NaN` for a single image. */
  readonly sameNearest: number;
  /** Mean share of an image's nearest other images, 10 of them or as many as there are, that both have. As above. */
  readonly nearestOverlap: number;
}

/** Neighbours whose overlap is measured, unless said otherwise. */
const NEIGHBOURS = 10;

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
  const neighbours = reference.map((_, i) => [nearestTo(i, reference), nearestTo(i, other)] as const);
  const shareOf = (share: (ours: readonly number[], theirs: readonly number[]) => number): number =>
    reference.length > 1 ? meanOf(neighbours.map(([ours, theirs]) => share(ours, theirs))) : NaN;
  return {
    meanCosine: meanOf(cosines),
    minCosine: Math.min(...cosines),
    sameNearest: shareOf(([ours], [theirs]) => Number(ours === theirs)),
    nearestOverlap: shareOf((ours, theirs) => ours.filter((i) => theirs.includes(i)).length / ours.length),
  };
}

/** Places of the nearest other vectors, best first. */
function nearestTo(place: number, vectors: readonly Float32Array[]): number[] {
  const query = vectors[place] ?? new Float32Array();
  const scored = vectors.map((vector, i) => ({ i, score: i === place ? -Infinity : dot(query, vector) }));
  const others = scored.sort((a, b) => b.score - a.score).slice(0, Math.min(NEIGHBOURS, vectors.length - 1));
  return others.map(({ i }) => i);
}
