import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { CorruptionCheck } from './corruption-check.js';
import { CORRUPTIONS, type Corruption } from './corruptions.js';

const MINUTE = 60_000;

/** The others are less of a threat, and take as long: `node tools/dist/robustness/check-corruptions.js`. */
const TEN = CORRUPTIONS.slice(0, 10);

let check: CorruptionCheck;

beforeAll(async () => {
  check = await CorruptionCheck.open();
}, 10 * MINUTE);

afterAll(() => check[Symbol.asyncDispose](), MINUTE);

async function faultsAfterEach(corruptions: readonly Corruption[]): Promise<string[]> {
  const faults: string[] = [];
  for (const corruption of corruptions) {
    if ((await corruption.isPossible?.()) === false) continue;
    const outcome = await check.run(corruption);
    faults.push(...outcome.faults.map((fault) => `${corruption.name}: ${fault}`));
  }
  return faults;
}

test(
  'ten corruptions are found, and healed without an encoding',
  async () => {
    expect(TEN).toHaveLength(10);
    // Two at a time: much of the time of each is a server's start and end.
    const halves = [TEN.filter((_, i) => i % 2 === 0), TEN.filter((_, i) => i % 2 === 1)];
    expect((await Promise.all(halves.map(faultsAfterEach))).flat()).toEqual([]);
  },
  20 * MINUTE,
);
