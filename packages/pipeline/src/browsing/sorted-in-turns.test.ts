import { setImmediate } from 'node:timers/promises';

import { seededRandom } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { sortedInTurns } from './sorted-in-turns.js';

test('whatever is sorted is as toSorted has it, those that compare alike in the order in which they were', async () => {
  const compare = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.nat())), async (values) => {
      expect(await sortedInTurns(values, compare)).toEqual(values.toSorted(compare));
    }),
  );
});

test('other work gets its turn meanwhile', async () => {
  const random = seededRandom(3);
  const values = Array.from({ length: 50_000 }, () => random());
  const turns: string[] = [];
  const sorting = sortedInTurns(values, (a, b) => a - b).then((sorted) => {
    turns.push('sorted');
    return sorted;
  });
  while (turns.at(-1) !== 'sorted') {
    turns.push('other work');
    await setImmediate();
  }
  expect(await sorting).toEqual(values.toSorted((a, b) => a - b));
  expect(turns.length).toBeGreaterThan(3);
});
