import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { CorruptionCheck } from './corruptions/corruption-check.js';
import { CORRUPTIONS, type Corruption } from './corruptions/corruptions.js';

/** Each takes some seconds; `node tools/dist/robustness/check-corruptions.js` tries them all. */
const SOME = CORRUPTIONS.slice(0, 6);

let check: CorruptionCheck;

beforeAll(async () => {
  check = await CorruptionCheck.open();
});

afterAll(() => check[Symbol.asyncDispose]());

async function faultsAfterEach(corruptions: readonly Corruption[]): Promise<string[]> {
  const faults: string[] = [];
  for (const corruption of corruptions) {
    if ((await corruption.isPossible?.()) === false) continue;
    const outcome = await check.run(corruption);
    faults.push(...outcome.faults.map((fault) => `${corruption.name}: ${fault}`));
  }
  return faults;
}

test('corruptions are found, and healed without an encoding', async () => {
  expect(SOME).toHaveLength(6);
  // Two at a time: much of the time of each is a server's start and end.
  const halves = [SOME.slice(0, 3), SOME.slice(3)];
  expect((await Promise.all(halves.map(faultsAfterEach))).flat()).toEqual([]);
});
