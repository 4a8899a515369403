import { expect, test } from '@jest/globals';

import { checkWriters } from './writer-check.js';

test('of two writers on one remote server the second is refused, or takes over from one that is paused and then stops', async () => {
  const rounds = await checkWriters({ items: 60, rounds: { 'at work': 1, killed: 0, paused: 1 }, seed: 3 });
  expect(rounds.flatMap(({ faults }) => faults)).toEqual([]);
  expect(rounds.map(({ rivalry }) => rivalry)).toEqual(['at work', 'paused']);
});
