import { expect, test } from '@jest/globals';

import { runWithinMemory } from './run-within-memory.js';

/** Runs that hold at most `capacity` positions, and what they did. */
function machine(capacity: number) {
  const done: number[] = [];
  const tried: number[] = [];
  const run = (start: number, end: number): Promise<void> => {
    tried.push(end - start);
    if (end - start > capacity) return Promise.reject(new Error('std::bad_alloc'));
    for (let i = start; i < end; i++) done.push(i);
    return Promise.resolve();
  };
  return { done, tried, run };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test('all in one run when it fits', async () => {
  const { done, tried, run } = machine(100);
  expect(await runWithinMemory(7, Infinity, run)).toBe(Infinity);
  expect([done, tried]).toEqual([upTo(7), [7]]);
});

test('halves until it fits, does everything once and in order, and keeps the size', async () => {
  const { done, tried, run } = machine(3);
  expect(await runWithinMemory(10, Infinity, run)).toBe(3);
  expect(done).toEqual(upTo(10));
  expect(tried).toEqual([10, 5, 3, 3, 3, 1]);
});

test('begins with the size that is known to fit', async () => {
  const { tried, run } = machine(3);
  expect(await runWithinMemory(7, 3, run)).toBe(3);
  expect(tried).toEqual([3, 3, 1]);
});

test('one that does not fit alone is an error', async () => {
  await expect(runWithinMemory(4, Infinity, machine(0).run)).rejects.toThrow('bad_alloc');
});

test('other errors are not tried again', async () => {
  let runs = 0;
  const run = () => Promise.reject(new Error(`invalid shape ${String(++runs)}`));
  await expect(runWithinMemory(4, Infinity, run)).rejects.toThrow('invalid shape 1');
});
