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
  const clipScore = cosine(query.clip, stored.clip);
  const dinoScore = cosine(query.dino, stored.dino);
  return { itemId, clipScore, dinoScore, similarityScore: weights.clip * clipScore + weights.dino * dinoScore };
}

/** Of unit vectors; the rounding of their lengths can put a dot product a little outside [-1, 1]. */
function cosine(a: Float32Array, b: Float32Array): number {
  return Math.min(1, Math.max(-1, dot(a, b)));
}

type RankedHit = Pick<FusedHit, 'itemId' | 'similarityScore'>;

/** Best first; equal scores in the order of their ids, so that a result never depends on luck. */
export function compareHits(a: RankedHit, b: RankedHit): number {
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
 * Distances that a store returns carry float32 noise of about 1e-7; what is concluded from them allows
 * for more than that, so that noise can cost a comparison but never a hit.
 */
const SCORE_NOISE = 1e-6;

/** The first lists are this many times as long as the result: with the usual overlap of the two that is enough. */
const CANDIDATES_PER_HIT = 4;
const WIDENING = 4;

/** To score an item is to read its vectors, some kilobytes: so many are held at a time, whatever `topK` is. */
const SCORED_AT_ONCE = 1_000;

/**
 * The `topK` best items by fused score, exactly: Fagin's threshold algorithm (Fagin, Lotem and Naor,
 * "Optimal aggregation algorithms for middleware", 2003) over the two nearest-neighbour lists. In each
 * space an item scores what the list says, or, where the list does not show it, at most the list's last
 * score. By these bounds only items that can still be among the best are scored, and the lists are
 * widened until no item outside of them can be, or one has come to its end.
 *
 * @param weights must sum to 1. A space of weight 0 is not asked for neighbours.
 */
export async function fusedSearch(space: FusedSearchSpace, weights: FusionWeights, topK: number): Promise<FusedHit[]> {
  if (topK < 1) return [];
  const spaces = EMBEDDING_SPACES.filter((name) => weights[name] > 0);
  const asked = new Set<string>();
  let hits: FusedHit[] = [];
  const canBeHit = (bound: number): boolean => {
    const worst = hits[topK - 1];
    return worst === undefined || bound + SCORE_NOISE >= worst.similarityScore;
  };

  for (let width = topK * CANDIDATES_PER_HIT; ; width *= WIDENING) {
    const lists = await Promise.all(
      spaces.map(async (name) => {
        const neighbours = await space.nearest(name, width);
        return { weight: weights[name], neighbours, last: neighbours.at(-1)?.score ?? 1 };
      }),
    );
    const boundOfUnseen = lists.reduce((sum, { weight, last }) => sum + weight * last, 0);
    const bounds = new Map<string, number>();
    for (const { weight, neighbours, last } of lists) {
      for (const { itemId, score } of neighbours) {
        bounds.set(itemId, (bounds.get(itemId) ?? boundOfUnseen) + weight * (score - last));
      }
    }

    const unscored = [...bounds].filter(([itemId]) => !asked.has(itemId)).sort(([, a], [, b]) => b - a);
    for (let at = 0; at < unscored.length; at += SCORED_AT_ONCE) {
      const promising = unscored.slice(at, at + SCORED_AT_ONCE).filter(([, bound]) => canBeHit(bound));
      if (promising.length === 0) break;
      const itemIds = promising.map(([itemId]) => itemId);
      for (const itemId of itemIds) asked.add(itemId);
      hits = [...hits, ...(await space.score(itemIds))].sort(compareHits).slice(0, topK);
    }
    if (lists.some(({ neighbours }) => neighbours.length < width) || !canBeHit(boundOfUnseen)) return hits;
  }
}
