import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { encodingTurns } from './encoding-turns.js';

test.each([
  { device: 'cpu', threads: 1, most: 1 },
  { device: 'cpu', threads: 2, most: 2 },
  { device: 'auto', threads: 8, most: 2 },
  { device: 'cuda', threads: 1, most: 2 },
  { device: ['cpu', 'cpu'], threads: 2, most: 4 },
] as const)(
  '$most runs at a time on $device with $threads threads, in the order in which they were asked',
  async (row) => {
    const turns = encodingTurns(row.device, row.threads);
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
    expect({ begun, most }).toEqual({ begun: [0, 1, 2, 3, 4], most: row.most });
  },
);

test('a run that fails gives its place to the next one', async () => {
  const turns = encodingTurns('cpu', 2);
  const failing = Array.from({ length: 3 }, () => turns(() => Promise.reject(new Error('no memory'))));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await turns(() => Promise.resolve('next'))).toBe('next');
});
