import { describe, expect, test } from '@jest/globals';

import type { EncoderReport } from '../hybrid-scorer.js';
import { profileOf } from './run-profile.js';
import { StageClock, type Stage } from './stage-clock.js';

const model = (id: string, precision = 'fp32'): EncoderReport => ({
  id,
  precision,
  sha256: '0'.repeat(64),
  dimensions: 4,
  device: 'cpu',
});
const MODELS = { clip: model('org/clip'), dino: model('org/dino') };
const RUN = { seconds: 10, cpuSeconds: 20, cores: 2, decodeConcurrency: 2, models: MODELS };

/** A clock on which each stage was at work for so many seconds, one after the other. */
async function clockOf(seconds: Partial<Record<Stage, number>>, items = 100): Promise<StageClock> {
  let now = 0;
  const clock = new StageClock(() => now);
  for (const stage of ['discover', 'decode', 'preprocess', 'clip', 'dino', 'store'] as const) {
    await clock.time(stage, items, () => {
      now += (seconds[stage] ?? 0) * 1_000;
      return Promise.resolve();
    });
  }
  return clock;
}

describe('what bounded the run', () => {
  test.each([
    [{ clip: 6, dino: 9, decode: 4, store: 2 }, 'dino'],
    [{ clip: 9, dino: 6, decode: 4, store: 2 }, 'clip'],
    [{ clip: 2, dino: 3, decode: 10, preprocess: 8, store: 2 }, 'decode'],
    [{ clip: 2, dino: 3, decode: 4, store: 9 }, 'store'],
    [{ discover: 9, clip: 1, dino: 1, decode: 1, store: 1 }, 'discover'],
  ])('%p: %s', async (seconds, expected) => {
    expect(profileOf(await clockOf(seconds), RUN).boundedBy).toBe(expected);
  });

  test('nothing, when nothing was done', () => {
    const idle = { ...RUN, seconds: 0, cpuSeconds: 0 };
    expect(profileOf(new StageClock(), idle)).toMatchObject({
      boundedBy: undefined,
      images: 0,
      withTwiceTheCores: undefined,
    });
  });
});

describe('what else would give', () => {
  test('twice the cores halve a run whose processors were always busy', async () => {
    const profile = profileOf(await clockOf({ clip: 4, dino: 6, decode: 2, store: 1 }), RUN);
    expect(profile.withTwiceTheCores).toBeCloseTo(20, 5);
  });

  test('storing sets a floor to that', async () => {
    const profile = profileOf(await clockOf({ clip: 4, dino: 6, decode: 2, store: 8 }), RUN);
    expect(profile.withTwiceTheCores).toBeCloseTo(100 / 8, 5);
  });

  test('int8 makes the share of the encoders cheaper', async () => {
    // 10 of 12 seconds are the encoders': 1 - 10/12 * (1 - 0.49) of the time is left.
    const profile = profileOf(await clockOf({ clip: 4, dino: 6, decode: 2, store: 1 }), RUN);
    expect(profile.withInt8).toBeCloseTo(10 / (1 - (10 / 12) * 0.51), 5);
  });

  test.each([
    ['the models are int8 already', { clip: model('org/clip', 'int8'), dino: model('org/dino', 'int8') }],
    ['they are built in', { clip: model('builtin/colour-layout'), dino: model('builtin/structure') }],
  ])('int8 is no choice when %s', async (_, models) => {
    const profile = profileOf(await clockOf({ clip: 4, dino: 6, decode: 2 }), { ...RUN, models });
    expect(profile.withInt8).toBeUndefined();
    expect(profile.withTwiceTheCores).toBeDefined();
  });

  test('neither is promised when the processors were idle', async () => {
    const profile = profileOf(await clockOf({ clip: 1, dino: 1, store: 9 }), { ...RUN, cpuSeconds: 4 });
    expect(profile).toMatchObject({ withTwiceTheCores: undefined, withInt8: undefined, boundedBy: 'store' });
  });
});
