import { dot, EMBEDDING_SPACES, type DualEmbedding, type EmbeddingSpace, type PerSpace } from './embedding.js';

/** How much each space counts. Non-negative, not both 0; only their ratio matters. */
export type FusionWeights = PerSpace<number>;

/** An item with its scores: cosine similarities in [-1, 1], and their weighted mean. */
export interface FusedHit {
  readonly itemId: string;
  /** `clip · clipScore + dino · dinoScore`, with weights that sum to 1. */
  readonly similarityScore: number;
  readonly clipScore: number;
  readonly dinoScore: number;
}

/**
 * Scales the weights to sum 1.
 *
 * @throws RangeError when a weight is negative or no finite number, or both are 0.
 */
export function normaliseWeights(weights: FusionWeights): FusionWeights {
  const { clip, dino } = weights;
  const sum = clip + dino;
  if (!(clip >= 0) || !(dino >= 0) || !(sum > 0) || !Number.isFinite(sum)) {
    throw new RangeError(
      `Fusion weights must be 0 or more and not both 0, got clip=${String(clip)}, dino=${String(dino)}`,
    );
  }
  return { clip: clip / sum, dino: dino / sum };
}

/** Scores one stored embedding against the query's. `weights` must sum to 1. */
export function fuse(itemId: string, query: DualEmbedding, stored: DualEmbedding, weights: FusionWeights): FusedHit {
  const clipScore = dot(query.clip, stored.clip);
  const dinoScore = dot(query.dino, stored.dino);
  return { itemId, clipScore, dinoScore, similarityScore: weights.clip * clipScore + weights.dino * dinoScore };
}

/** Best first; equal scores in the order of their ids, so that a result never depends on luck. */
export function compareHits(a: FusedHit, b: FusedHit): number {
  if (a.similarityScore !== b.similarityScore) return b.similarityScore - a.similarityScore;
  return a.itemId < b.itemId ? -1 : a.itemId > b.itemId ? 1 : 0;
}

/** What the fused search needs to know about a store. */
export interface FusedSearchSpace {
  /**
   * The nearest items in one space, best first. Fewer than `topK` means that there are no others.
   */
  nearest(space: EmbeddingSpace, topK: number): Promise<readonly { readonly itemId: string; readonly score: number }[]>;
  /** Both true scores of items that `nearest` named; an item that has gone since may be left out. */
  score(itemIds: readonly string[]): Promise<readonly FusedHit[]>;
}

/**
 * Distances that a store returns carry float32 noise of about 1e-7; the bound on unseen items is
 * widened by more than that, so that noise can cost another round but never a hit.
 */
const SCORE_NOISE = 1e-6;

/** The first round looks at this many candidates a hit: the usual overlap of two lists makes one round enough. */
const CANDIDATES_PER_HIT = 4;

/**
 * The `topK` best items by fused score, exactly: Fagin's threshold algorithm (Fagin, Lotem and Naor,
 * "Optimal aggregation algorithms for middleware", 2003) over the two nearest-neighbour lists.
 * Whatever no list has shown yet scores at most the weighted sum of the lists' last scores; the lists
 * are widened until the k-th hit is above that bound, or they are exhausted.
 *
 * @param weights must sum to 1. A space of weight 0 is not asked for neighbours.
 */
export async function fusedSearch(space: FusedSearchSpace, weights: FusionWeights, topK: number): Promise<FusedHit[]> {
  if (topK < 1) return [];
  const spaces = EMBEDDING_SPACES.filter((name) => weights[name] > 0);
  const scored = new Map<string, FusedHit>();
  const asked = new Set<string>();

  for (let width = topK * CANDIDATES_PER_HIT; ; width *= 4) {
    const lists = await Promise.all(spaces.map((name) => space.nearest(name, width)));
    const unseen = new Set<string>();
    for (const { itemId } of lists.flat()) if (!asked.has(itemId)) unseen.add(itemId);
    for (const itemId of unseen) asked.add(itemId);
    for (const hit of await space.score([...unseen])) scored.set(hit.itemId, hit);

    const hits = [...scored.values()].sort(compareHits).slice(0, topK);
    if (lists.some((list) => list.length < width)) return hits;

    const bound = lists.reduce((sum, list, i) => {
      const name = spaces[i];
      return name === undefined ? sum : sum + weights[name] * (list.at(-1)?.score ?? -1);
    }, 0);
    const worst = hits[topK - 1];
    if (worst !== undefined && worst.similarityScore > bound + SCORE_NOISE) return hits;
  }
}
