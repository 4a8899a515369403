import {
  closenessOf,
  FashionMatchError,
  LEAST_PAIRS,
  percentiles,
  type FusionWeights,
  type PerSpace,
  type ScoreSample,
} from '@fashionmatch/domain';

import type { SearchResult } from './nearest-items.js';

/**
 * Hits with what their scores are worth among unrelated items of the store. A text's have no such thing: pictures and texts
 * score lower than pictures among themselves. Nor has a store of too few items to compare.
 *
 * @param weights that the hits were found by; sum 1.
 * @param least the cosines that copies have at least.
 */
export function judgedHits(
  hits: readonly SearchResult[],
  sample: ScoreSample | undefined,
  weights: FusionWeights,
  least: PerSpace<number>,
): SearchResult[] {
  if (sample === undefined || sample.scores.clip.length < LEAST_PAIRS) return [...hits];
  const percentileOf = percentiles(sample, weights);
  return hits.map((hit) => {
    if (hit.dinoScore === null) return hit;
    const percentile = percentileOf(hit.similarityScore);
    const closeness = closenessOf(percentile, { clip: hit.clipScore, dino: hit.dinoScore }, least);
    return { ...hit, percentile, closeness };
  });
}

/**
 * Those whose percentile is no less.
 *
 * @throws FashionMatchError `USAGE_INVALID` when a hit has none.
 */
export function confidentHits(hits: readonly SearchResult[], minConfidence: number): SearchResult[] {
  return hits.filter(({ percentile }) => {
    if (percentile !== undefined) return percentile >= minConfidence;
    throw new FashionMatchError(
      'USAGE_INVALID',
      'Too few different items are stored to say what a score is worth: use --min-score in place of --min-confidence.',
    );
  });
}
