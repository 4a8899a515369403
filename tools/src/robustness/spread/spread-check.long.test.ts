import { hasRedisServer } from '@fashionmatch/queue/testing';
import { expect, test } from '@jest/globals';

import { checkSpread } from './spread-check.js';
import { DISTURBANCES } from './spread-round.js';

(hasRedisServer() ? test : test.skip)(
  'a run over four workers makes the store of one process, whatever is killed',
  async () => {
    const rounds = await checkSpread({ rounds: DISTURBANCES.length, items: 150, seed: 1 });
    expect(rounds.map(({ disturbance, faults }) => ({ disturbance, faults }))).toEqual(
      DISTURBANCES.map((disturbance) => ({ disturbance, faults: [] })),
    );
  },
);
