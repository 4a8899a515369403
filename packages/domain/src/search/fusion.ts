import { cosine, EMBEDDING_SPACES, type DualEmbedding, type EmbeddingSpace, type PerSpace } from '../embedding.js';

/** How much each space counts. Non-negative, not both 0; only their ratio matters. */
export type FusionWeights = PerSpace<number>;

/** An item with its scores: cosine similarities in [-1, 1], and their weighted mean. */
export interface FusedHit {
  readonly itemId: string;
  /** `clip · clipScore + dino · dinoScore`, with weights that sum to 1. */
  readonly similarityScore: number;
  readonly clipScore: number;
  readonly dinoScore: number;
  /**
   * An item that the store did not list may be better: it lists fewer at once than were needed to tell. Absent where none
   * is.
   */
  readonly unproven?: true;
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

type RankedHit = Pick<FusedHit, 'itemId' | 'similarityScore'>;

/** Best first; equal scores in the order of their ids, so that a result never depends on luck. */
export function compareHits(a: RankedHit, b: RankedHit): number {
  if (a.similarityScore !== b.similarityScore) return b.similarityScore - a.similarityScore;
  return a.itemId < b.itemId ? -1 : a.itemId > b.itemId ? 1 : 0;
}

/** An item of a nearest-neighbour list. Both scores may be off by the noise of a store's distances. */
export interface ListedItem extends RankedHit {
  /** In the list's space. */
  readonly score: number;
  /** Not to be found, whatever it scores: it only tells how far the list has come. */
  readonly isLeftOut?: boolean;
}

/** What the fused search needs to know about a store. */
export interface FusedSearchSpace {
  /** The nearest items in one space, best first. Fewer than `topK` means that there are no others. */
  nearest(space: EmbeddingSpace, topK: number): Promise<readonly ListedItem[]>;
  /** The true scores of items that `nearest` named; an item that has gone since may be left out. */
  score(itemIds: readonly string[]): Promise<readonly FusedHit[]>;
  /** The longest list that `nearest` gives, as far as is known: one of that length may have more behind it. */
  longestList?(): number;
}

/**
 * Distances that a store returns carry float32 noise of about 1e-7; what is concluded from them allows
 * for more than that, so that noise can cost a comparison but never a hit.
 */
const SCORE_NOISE = 1e-6;

/**
 * The first lists are this many times as long as the result: a longer list costs an index little, and a second round
 * as much as the first. Enough for 10,000 random vectors, whose two lists have next to nothing in common.
 */
const CANDIDATES_PER_HIT = 16;
const WIDENING = 4;

/** To score an item is to read its vectors, some kilobytes: so many are held at a time, whatever `topK` is. */
const SCORED_AT_ONCE = 1_000;

/**
 * The `topK` best items by fused score, exactly: Fagin's threshold algorithm (Fagin, Lotem and Naor,
 * "Optimal aggregation algorithms for middleware", 2003) over the two nearest-neighbour lists, each of which says what
 * its items score in the other space too. An item that neither shows scores at most what the last of both do together:
 * the lists are widened until that is too little, or one has come to its end. Where they cannot be widened any further,
 * the hits that it may be better than are marked.
 *
 * @param weights must sum to 1. A space of weight 0 is not asked for neighbours.
 */
export async function fusedSearch(space: FusedSearchSpace, weights: FusionWeights, topK: number): Promise<FusedHit[]> {
  if (topK < 1) return [];
  const spaces = EMBEDDING_SPACES.filter((name) => weights[name] > 0);
  const gone = new Set<string>();
  for (let width = topK * CANDIDATES_PER_HIT; ;) {
    const lists = await Promise.all(
      spaces.map(async (name) => ({ weight: weights[name], neighbours: await space.nearest(name, width) })),
    );
    const scores = new Map<string, number>();
    for (const { neighbours } of lists) {
      for (const { itemId, similarityScore, isLeftOut } of neighbours) {
        if (!isLeftOut && !gone.has(itemId)) scores.set(itemId, similarityScore);
      }
    }
    const worstHit = [...scores.values()].sort((a, b) => b - a)[topK - 1] ?? -Infinity;
    const bestUnseen = lists.reduce((sum, { weight, neighbours }) => sum + weight * (neighbours.at(-1)?.score ?? 1), 0);
    const longest = space.longestList?.() ?? Infinity;
    const isOver = lists.some(({ neighbours }) => neighbours.length < Math.min(width, longest));
    const bound = isOver ? -Infinity : bestUnseen + SCORE_NOISE;
    if (!isOver && bound >= worstHit && width < longest) {
      width *= WIDENING;
      continue;
    }
    const finalists = [...scores].filter(([, score]) => score >= worstHit - 2 * SCORE_NOISE).map(([itemId]) => itemId);
    const hits = await trueHits(space, finalists, topK);
    if (hits.gone.length === 0) return hits.best.map((hit) => (hit.similarityScore > bound ? hit : unproven(hit)));
    // They kept others out: what is left has to be looked at once more.
    for (const itemId of hits.gone) gone.add(itemId);
  }
}

const unproven = (hit: FusedHit): FusedHit => ({ ...hit, unproven: true });

/** Noise may have put the finalists in a wrong order, and some may have gone. */
async function trueHits(
  space: Pick<FusedSearchSpace, 'score'>,
  finalists: readonly string[],
  topK: number,
): Promise<{ readonly best: FusedHit[]; readonly gone: string[] }> {
  let best: FusedHit[] = [];
  const gone = new Set(finalists);
  for (let at = 0; at < finalists.length; at += SCORED_AT_ONCE) {
    const hits = await space.score(finalists.slice(at, at + SCORED_AT_ONCE));
    for (const { itemId } of hits) gone.delete(itemId);
    best = [...best, ...hits].sort(compareHits).slice(0, topK);
  }
  return { best, gone: [...gone] };
}
