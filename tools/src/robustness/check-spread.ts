import { parseArgs } from 'node:util';

import { checkSpread } from './spread/spread-check.js';
import type { Round } from './spread/spread-round.js';

/**
 * Kills workers, Redis and coordinators in the middle of runs that are spread over four workers, and looks at what
 * becomes of the store: `node tools/dist/robustness/check-spread.js [--rounds 20] [--items 1000] [--seed 1] [--redis-away 1]`,
 * that in seconds. Takes the `redis-server` on the PATH.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    items: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    'redis-away': { type: 'string', default: '1' },
  },
});

function say({ disturbance, kills, seconds, faults }: Round): void {
  const outcome = faults.length === 0 ? 'as one process' : 'NOT as one process';
  process.stdout.write(`${disturbance} (${String(kills)}): ${outcome}, ${seconds.toFixed(1)} s\n`);
  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
}

const startedAt = performance.now();
const rounds = await checkSpread({
  rounds: Number(values.rounds),
  items: Number(values.items),
  seed: Number(values.seed),
  redisAwayMs: Number(values['redis-away']) * 1_000,
  onRound: say,
});
const faults = rounds.flatMap((round) => round.faults);
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
process.stdout.write(
  `${String(rounds.length)} rounds of ${values.items} images in ${minutes} minutes: ${String(faults.length)} faults\n`,
);
if (faults.length > 0) process.exitCode = 1;
