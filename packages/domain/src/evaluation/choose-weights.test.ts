import { describe, expect, test } from '@jest/globals';

import { seededRandom } from '../testing/sample-items.js';
import { chooseWeights, type WeightsTrial } from './choose-weights.js';

const PLANTED = 0.7;
const steps = Array.from({ length: 21 }, (_, i) => i / 20);

/** A metric that is best at the planted weight, by `slope`, and scatters from query to query. */
function trialsOf(slope: number, queries: number): WeightsTrial[] {
  const random = seededRandom(7);
  const scatter = Array.from({ length: queries }, () => random());
  return steps.map((clip) => ({
    weights: { clip, dino: 1 - clip },
    values: scatter.map((base) => base - slope * Math.abs(clip - PLANTED) + 0.2 * (random() - 0.5)),
  }));
}

const at = (trials: readonly WeightsTrial[], clip: number): WeightsTrial => {
  const found = trials.find(({ weights }) => weights.clip === clip);
  if (!found) throw new RangeError('no such trial');
  return found;
};

describe('chooseWeights', () => {
  test('finds the weights that were planted, and that they gain', () => {
    const trials = trialsOf(0.5, 300);
    const { weights, gain, isNoise, means } = chooseWeights(at(trials, 0.2), trials, seededRandom(1));
    expect(weights.clip).toBeCloseTo(PLANTED, 1);
    expect(gain.low).toBeGreaterThan(0.1);
    expect(isNoise).toBe(false);
    expect(means).toHaveLength(trials.length);
  });

  test('says that a gain is noise where weights make no difference', () => {
    const verdicts = Array.from({ length: 40 }, (_, seed) => {
      const random = seededRandom(seed);
      const trials = steps.map((clip) => ({
        weights: { clip, dino: 1 - clip },
        values: Array.from({ length: 80 }, () => random()),
      }));
      return chooseWeights(at(trials, 0.6), trials, random).isNoise;
    });
    expect(verdicts.filter((isNoise) => !isNoise).length).toBeLessThanOrEqual(3);
  });

  test('stays with the present weights where all do the same', () => {
    const trials = steps.map((clip) => ({
      weights: { clip, dino: 1 - clip },
      values: new Array<number>(20).fill(0.5),
    }));
    const { weights, gain, isNoise } = chooseWeights(at(trials, 0.6), trials, seededRandom(2));
    expect({ weights, gain, isNoise }).toEqual({
      weights: { clip: 0.6, dino: 0.4 },
      gain: { mean: 0, low: 0, high: 0 },
      isNoise: true,
    });
  });

  test('refuses too few queries', () => {
    const trials = trialsOf(0.5, 9);
    expect(() => chooseWeights(at(trials, 0.6), trials, seededRandom(3))).toThrow('9 queries');
  });
});
