import { expect, test } from '@jest/globals';

import { checkGenerationKills } from './generation-kills.js';

test('whenever a command on generations is killed, the old or the new one serves, whole', async () => {
  const rounds = await checkGenerationKills({ images: 60, rounds: 4, seed: 3 });
  expect(rounds.flatMap(({ command, faults }) => faults.map((fault) => `${command}: ${fault}`))).toEqual([]);
  expect(rounds.filter(({ killed }) => killed).length).toBeGreaterThan(0);
});
