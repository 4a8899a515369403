/** A mean, and where it would mostly lie for other queries of the same kind. */
export interface Estimate {
  readonly mean: number;
  /** Ends of the interval that 95 % of the resampled means lie in. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;
const OUTSIDE = 0.05;

/**
 * The mean of one value a query, with the percentile bootstrap's 95 % interval: the queries are drawn again, with
 * putting back, 2,000 times (Efron, "Bootstrap methods: another look at the jackknife", 1979). The difference of two
 * rankings of the same queries is estimated by that of their values, query by query.
 *
 * @param values at least one.
 * @param random in [0, 1).
 * @throws RangeError when there are no values.
 */
export function bootstrap(values: readonly number[], random: () => number): Estimate {
  if (values.length === 0) throw new RangeError('There is no mean of no values');
  const mean = meanOf(values);
  const means = Float64Array.from({ length: RESAMPLES }, () => resampledMean(values, random)).sort();
  const at = (share: number): number => means[Math.round(share * (RESAMPLES - 1))] ?? mean;
  return { mean, low: at(OUTSIDE / 2), high: at(1 - OUTSIDE / 2) };
}

/** 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Whether the difference that it estimates may as well be none. */
export function isNoise({ low, high }: Estimate): boolean {
  return low <= 0 && high >= 0;
}

function resampledMean(values: readonly number[], random: () => number): number {
  let sum = 0;
  for (let drawn = values.length; drawn > 0; drawn--) sum += values[Math.floor(random() * values.length)] ?? 0;
  return sum / values.length;
}
