import { parseArgs } from 'node:util';

import { CorruptionCheck } from './corruptions/corruption-check.js';
import { CORRUPTIONS } from './corruptions/corruptions.js';

/**
 * Corrupts a store in every way we know, and has it mended:
 * `node tools/dist/robustness/check-corruptions.js [--seed 1] [--only TEXT] [--rounds 1]`. Each round flips other bits;
 * `--only` leaves out the corruptions without that text in their names.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
  },
});
const seeds = Array.from({ length: Number(values.rounds) }, (_, round) => Number(values.seed) + round);

const check = await CorruptionCheck.open();
let harmed = 0;
let healed = 0;
for (const seed of seeds) {
  for (const corruption of CORRUPTIONS.filter(({ name }) => name.includes(values.only))) {
    if ((await corruption.isPossible?.()) === false) {
      process.stdout.write(`${corruption.name}: left out, for this machine lacks what it takes\n`);
      continue;
    }
    const { faults, found, seconds } = await check.run(corruption, seed);
    harmed++;
    if (faults.length === 0) healed++;
    process.stdout.write(`${corruption.name}: found ${found}; ${seconds.toFixed(0)} s\n`);
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
  }
}
process.stdout.write(`${String(healed)} of ${String(harmed)} corruptions found and healed without an encoding\n`);
// A store that could not be mended is left to be looked at.
if (healed === harmed) await check[Symbol.asyncDispose]();
process.exitCode = healed === harmed ? 0 : 1;
