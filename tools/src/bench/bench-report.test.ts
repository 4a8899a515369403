import { describe, expect, test } from '@jest/globals';

import { benchReport, benchTable, type Round } from './bench-report.js';
import type { Measurement } from './measurement.js';

const took = (seconds: number, cpuSeconds = 2 * seconds): Measurement => ({
  images: 10,
  seconds,
  cpuSeconds,
  peakMemoryBytes: 0,
});

/** Parts of 1 + 4 + 5 seconds, in a pipeline of so many; transformers.js takes 22. */
const round = (pipelineSeconds: number): Round => ({
  fp32: {
    preprocess: took(1, 1.5),
    'preprocess-one-by-one': took(1.2, 1),
    clip: took(4),
    dino: took(5),
    store: took(0.5),
    pipeline: took(pipelineSeconds),
    'server-start': took(0.5),
    'model-load': took(2),
    'one-batch': took(3.5),
    'first-batch': took(7.2),
    'transformers-preprocess': took(4, 4),
    transformers: took(22),
  },
  int8: { clip: took(2), dino: took(2.5), pipeline: took(pipelineSeconds / 2) },
});

const SPACE = { meanCosine: 0.9987, minCosine: 0.995, sameNearest: 1, nearestOverlap: 0.97 };
const ACCURACY = { images: 60, spaces: { clip: SPACE, dino: { ...SPACE, minCosine: 0.9912 } } };

describe('ratios', () => {
  const { ratios, rates, images } = benchReport('a machine', [round(11), round(10), round(20)], ACCURACY);

  test('efficiency is the time of the parts over that of the whole, the median of the rounds', () => {
    expect(ratios.efficiency.fp32).toBeCloseTo(10 / 11, 10);
    expect(ratios.efficiency.int8).toBeCloseTo(5.5 / 5.5, 10);
  });

  test('transformers.js is compared at fp32', () => {
    expect(ratios.preprocessing_cpu_of_transformers).toBeCloseTo(1 / 4, 10);
    expect(ratios.rate_of_transformers_fp32.fp32).toBeCloseTo(2, 10);
    expect(ratios.rate_of_transformers_fp32.int8).toBeCloseTo(4, 10);
    expect(ratios.int8_cpu_of_fp32).toBeCloseTo(0.5, 10);
  });

  test('the first batch is compared with what it has to wait for', () => {
    expect(ratios.first_batch_of_parts).toBeCloseTo(1.2, 10);
  });

  test('rates are images a second', () => {
    expect(images).toBe(10);
    expect(rates.fp32.clip).toBeCloseTo(2.5, 10);
    expect(rates.int8.store).toBeUndefined();
  });
});

test('an even number of rounds gives the mean of the middle two', () => {
  const { ratios } = benchReport('a machine', [round(10), round(20)], ACCURACY);
  expect(ratios.efficiency.fp32).toBeCloseTo((1 + 0.5) / 2, 10);
});

test('a missing measurement is an error, not a figure', () => {
  expect(() => benchReport('a machine', [{ ...round(10), int8: {} }], ACCURACY)).toThrow(
    'clip was not measured at int8',
  );
});

test('the table names the machine, every part and every ratio', () => {
  const table = benchTable(benchReport('a machine', [round(10)], ACCURACY));
  expect(table).toContain('a machine');
  expect(table).toMatch(/CLIP alone +2\.5 +5\.0/);
  expect(table).toMatch(/efficiency, fp32 .* 1\.000/);
  expect(table).toMatch(/dino alone, rate int8 \/ fp32 +2\.000/);
  expect(table).toContain('dino: cosine 0.9987 mean, 0.9912 least, overlap of the nearest 10 0.970');
});
