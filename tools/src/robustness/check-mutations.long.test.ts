import { expect, test } from '@jest/globals';

import { checkMutations } from './mutations/mutation-check.js';

test('500 damaged images: no crash, no hang, bounded memory, and each is stored or named', async () => {
  const { outcomes, faults } = await checkMutations({ count: 500, seed: 2 });
  expect(faults).toEqual([]);
  expect(outcomes).toHaveLength(500);
  // Neither so gentle that all are read, nor so rough that none is.
  const stored = outcomes.filter(({ outcome }) => outcome.stored).length;
  expect(stored).toBeGreaterThan(50);
  expect(stored).toBeLessThan(450);
});
