import { expect, test } from '@jest/globals';

import { checkKills } from './kill-check.js';

test('what SIGKILL leaves of a run, the next one turns into the store of a run that nobody killed', async () => {
  const stores = await checkKills({ items: 200, cliKills: 2, serverKills: 2, seed: 2 });
  expect(stores.flatMap(({ faults }) => faults)).toEqual([]);
  const kills = stores.flatMap((store) => store.kills.map(({ target }) => target));
  expect(kills.sort()).toEqual(['cli', 'cli', 'server', 'server']);
});
