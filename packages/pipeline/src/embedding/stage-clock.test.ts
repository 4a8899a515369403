import { expect, test } from '@jest/globals';

import { StageClock } from './stage-clock.js';

test('calls that overlap are busy once, and count each for itself', async () => {
  let now = 0;
  const clock = new StageClock(() => now);
  const finish: (() => void)[] = [];
  const call = (items: number): Promise<void> =>
    clock.time('decode', items, () => new Promise<void>((resolve) => finish.push(resolve)));

  const first = call(1);
  now = 1_000;
  const second = call(2);
  now = 3_000;
  finish[0]?.();
  await first;
  now = 4_000;
  finish[1]?.();
  await second;
  now = 9_000;
  expect(clock.of('decode')).toEqual({ items: 3, busySeconds: 4, callSeconds: 6 });

  const third = call(1);
  now = 10_000;
  finish[2]?.();
  await third;
  expect(clock.of('decode')).toEqual({ items: 4, busySeconds: 5, callSeconds: 7 });
  expect(clock.of('store')).toEqual({ items: 0, busySeconds: 0, callSeconds: 0 });
});

test('results and errors pass through, and an error counts as time spent', async () => {
  let now = 0;
  const clock = new StageClock(() => now++);
  await expect(clock.time('clip', 1, () => Promise.resolve('vector'))).resolves.toBe('vector');
  await expect(clock.time('clip', 1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(clock.of('clip')).toMatchObject({ items: 2, busySeconds: 0.002 });
});
