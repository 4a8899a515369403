import { expect, test } from '@jest/globals';

import { checkAborts } from './aborts/abort-check.js';

test('clients that leave, dawdle or say nothing keep nobody from the page of serve', async () => {
  const { kinds, faults } = await checkAborts({ times: 10, idleConnections: 300 });
  expect(faults).toEqual([]);
  expect(kinds).toHaveLength(7);
});
