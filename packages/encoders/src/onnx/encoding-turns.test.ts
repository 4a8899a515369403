import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { encodingTurns } from './encoding-turns.js';

test('two runs at a time, whoever asks, in the order in which they were asked', async () => {
  const turns = encodingTurns();
  const begun: number[] = [];
  let active = 0;
  let most = 0;
  const run = async (i: number): Promise<number> => {
    begun.push(i);
    most = Math.max(most, ++active);
    await setImmediate();
    active--;
    return i;
  };
  const runs = [0, 1, 2, 3, 4].map((i) => turns(() => run(i)));
  expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4]);
  expect({ begun, most }).toEqual({ begun: [0, 1, 2, 3, 4], most: 2 });
});

test('a run that fails gives its place to the next one', async () => {
  const turns = encodingTurns();
  const failing = Array.from({ length: 3 }, () => turns(() => Promise.reject(new Error('no memory'))));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await turns(() => Promise.resolve('next'))).toBe('next');
});
