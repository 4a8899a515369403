import { expect, test } from '@jest/globals';

import { Throughput } from './throughput.js';

test('counts items a second, in bins that begin with the run', () => {
  let now = 5_000;
  const throughput = new Throughput(() => now);
  throughput.add(3);
  now += 249;
  throughput.add(2);
  now += 400;
  throughput.add(1);
  expect(throughput.rates()).toEqual({ binSeconds: 0.25, rates: [20, 0, 4] });
});

test('of a long run has few bins, and every item', () => {
  let now = 0;
  const throughput = new Throughput(() => now);
  for (let second = 0; second < 100_000; second += 7) {
    now = second * 1000;
    throughput.add(2);
  }
  const { binSeconds, rates } = throughput.rates();
  expect(rates.length).toBeLessThanOrEqual(120);
  expect(rates.length).toBeGreaterThan(60);
  expect(rates.reduce((sum, rate) => sum + rate * binSeconds, 0)).toBeCloseTo(2 * Math.ceil(100_000 / 7), 6);
});

test('of a run of nothing has none', () => {
  expect(new Throughput().rates().rates).toEqual([]);
});
