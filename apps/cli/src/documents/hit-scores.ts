import type { SearchResult } from '@fashionmatch/pipeline';

/** What is told of a hit's scores, wherever one is told of. */
export function hitScores({ similarityScore, clipScore, dinoScore, unproven, percentile, closeness }: SearchResult) {
  return {
    similarity_score: similarityScore,
    clip_score: clipScore,
    dino_score: dinoScore,
    ...(unproven && { unproven }),
    ...(percentile !== undefined && { percentile, closeness }),
  };
}
