import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { withinGrace } from './within-grace.js';

const NEVER = new Promise<string>(() => undefined);

test('without a stop, work takes its time', async () => {
  await expect(withinGrace(delay(20, 'done'), new AbortController().signal)).resolves.toBe('done');
  await expect(withinGrace(delay(20, 'done'), undefined)).resolves.toBe('done');
  await expect(withinGrace(Promise.reject(new Error('no')), undefined)).rejects.toThrow('no');
});

test('what is nearly done when the stop comes is still waited for', async () => {
  const controller = new AbortController();
  const result = withinGrace(delay(100, 'done'), controller.signal);
  controller.abort();
  await expect(result).resolves.toBe('done');
});

test('what takes too long is given up, and its later fault is nobody’s', async () => {
  const controller = new AbortController();
  const late = delay(2_500).then(() => Promise.reject(new Error('closed meanwhile')));
  const results = [withinGrace(NEVER, controller.signal), withinGrace(late, controller.signal)];
  const startedAt = performance.now();
  controller.abort();
  await expect(Promise.all(results)).resolves.toEqual([undefined, undefined]);
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  await delay(1_000);
});
