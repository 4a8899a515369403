import type { FusionWeights } from '../search/fusion.js';
import { bootstrap, isNoise, meanOf, type Estimate } from './bootstrap.js';

/** Weights, and what a metric comes to with them: one value a query, the same queries in the same order for all. */
export interface WeightsTrial {
  /** Sum 1. */
  readonly weights: FusionWeights;
  readonly values: readonly number[];
}

export interface WeightsProposal {
  /** The best over all queries; the present ones where nothing is better. */
  readonly weights: FusionWeights;
  /** What choosing gained over the present weights, on queries that had no part in the choice. */
  readonly gain: Estimate;
  /** The gain may as well be none: stay with what there is. */
  readonly isNoise: boolean;
  /** The mean of every trial, in their order. */
  readonly means: readonly number[];
}

const FOLDS = 5;
/** Below, a fold has no queries to speak of. */
export const LEAST_QUERIES = 2 * FOLDS;

/**
 * Which weights to take, by cross-validation: in turn, a fifth of the queries is put aside, the best weights for the
 * others are chosen, and what they gain over the present ones is measured on those that were put aside. A gain on the
 * very queries that weights were chosen by would say nothing: the best of many is always better.
 *
 * @param present what the metric comes to with the weights in use.
 * @param random in [0, 1).
 * @throws RangeError when there are fewer than 10 queries, or trials of other lengths.
 */
export function chooseWeights(
  present: WeightsTrial,
  trials: readonly WeightsTrial[],
  random: () => number,
): WeightsProposal {
  const count = present.values.length;
  if (count < LEAST_QUERIES) throw new RangeError(`Weights cannot be chosen by ${String(count)} queries`);
  if (trials.some(({ values }) => values.length !== count)) throw new RangeError('The trials differ in their queries');
  const foldOf = shuffled(count, random).map((place) => place % FOLDS);
  const gains = new Array<number>(count).fill(0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const chosen = best(present, trials, (query) => foldOf[query] !== fold);
    for (const [query, value] of chosen.values.entries()) {
      if (foldOf[query] === fold) gains[query] = value - (present.values[query] ?? 0);
    }
  }
  const gain = bootstrap(gains, random);
  const { weights } = best(present, trials, () => true);
  return { weights, gain, isNoise: gain.mean <= 0 || isNoise(gain), means: trials.map(({ values }) => meanOf(values)) };
}

/** The present weights, unless others are better by more than rounding. */
function best(
  present: WeightsTrial,
  trials: readonly WeightsTrial[],
  counts: (query: number) => boolean,
): WeightsTrial {
  const mean = ({ values }: WeightsTrial): number => meanOf(values.filter((_, query) => counts(query)));
  let chosen = present;
  let highest = mean(present) + 1e-12;
  for (const trial of trials) {
    const reached = mean(trial);
    if (reached <= highest) continue;
    highest = reached;
    chosen = trial;
  }
  return chosen;
}

/** The numbers below `count` in a random order (Fisher and Yates). */
function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [order[i], order[other]] = [order[other] ?? 0, order[i] ?? 0];
  }
  return order;
}
