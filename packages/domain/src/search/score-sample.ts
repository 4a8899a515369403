import { cosine, type DualEmbedding, type PerSpace } from '../embedding.js';
import type { FusionWeights } from './fusion.js';

/** Cosines of many pairs of items that have nothing to do with each other: what a score is worth is told by them. */
export interface ScoreSample {
  /** One a pair, both spaces in the same order. */
  readonly scores: PerSpace<Float32Array>;
}

/** Pairs drawn for each item: more tell little more, since they share it. */
const PAIRS_PER_ITEM = 40;

/** A turn's work. */
const PAIRS_AT_ONCE = 1_000;

/**
 * The scores of random pairs of items that were drawn from a store. Pairs that are copies of one picture are left out;
 * other pictures of the same garment are as rare among random pairs as they are in the store.
 *
 * @param least the cosines that copies have at least.
 * @param random in [0, 1).
 * @param yieldTurn called now and then, to let other work have its turn.
 */
export async function sampleScores(
  items: readonly DualEmbedding[],
  least: PerSpace<number>,
  random: () => number,
  yieldTurn: () => Promise<void> = () => Promise.resolve(),
): Promise<ScoreSample> {
  const clip: number[] = [];
  const dino: number[] = [];
  const pairs = items.length < 2 ? 0 : Math.min(PAIRS_PER_ITEM, items.length - 1) * items.length;
  for (let i = 0; i < pairs; i++) {
    const place = i % items.length;
    const other = (place + 1 + Math.floor(random() * (items.length - 1))) % items.length;
    const [a, b] = [items[place], items[other]];
    if (!a || !b) continue;
    const scores = { clip: cosine(a.clip, b.clip), dino: cosine(a.dino, b.dino) };
    if (scores.clip < least.clip || scores.dino < least.dino) {
      clip.push(scores.clip);
      dino.push(scores.dino);
    }
    if (i % PAIRS_AT_ONCE === PAIRS_AT_ONCE - 1) await yieldTurn();
  }
  return { scores: { clip: Float32Array.from(clip), dino: Float32Array.from(dino) } };
}

/** Below, a sample says too little. */
export const LEAST_PAIRS = 1_000;

/**
 * Says which share of unrelated items a fused score is above, in percent: between 0 and 100, and never either, since no
 * sample knows the rarest.
 *
 * @param weights must sum to 1.
 */
export function percentiles({ scores }: ScoreSample, weights: FusionWeights): (similarityScore: number) => number {
  const fused = Float64Array.from(
    scores.clip,
    (clip, i) => weights.clip * clip + weights.dino * (scores.dino[i] ?? 0),
  ).sort();
  return (similarityScore) => {
    let [low, high] = [0, fused.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((fused[middle] ?? 0) < similarityScore) low = middle + 1;
      else high = middle;
    }
    return (100 * (low + 0.5)) / (fused.length + 1);
  };
}

/** What a score says of a hit, in a word or two. */
export type Closeness = 'same picture' | 'very close' | 'close' | 'weak';

const VERY_CLOSE = 99.9;
const CLOSE = 99;

/**
 * @param percentile as {@link percentiles} says.
 * @param least the cosines that copies have at least.
 */
export function closenessOf(percentile: number, scores: PerSpace<number>, least: PerSpace<number>): Closeness {
  if (scores.clip >= least.clip && scores.dino >= least.dino) return 'same picture';
  if (percentile >= VERY_CLOSE) return 'very close';
  return percentile >= CLOSE ? 'close' : 'weak';
}
