import { parseArgs } from 'node:util';

import { checkWriters, type WriterRound } from './writers/writer-check.js';

/**
 * Lets two writers at one remote store:
 * `node tools/dist/robustness/check-writers.js [--at-work 10] [--killed 10] [--paused 10] [--items 1000] [--seed 1]`.
 */
const { values } = parseArgs({
  options: {
    'at-work': { type: 'string', default: '10' },
    killed: { type: 'string', default: '10' },
    paused: { type: 'string', default: '10' },
    items: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayRound({ rivalry, afterMs, stored, seconds, faults }: WriterRound): void {
  const when = `after ${(afterMs / 1000).toFixed(1)} s, with ${String(stored)} items stored`;
  say(`first writer ${rivalry} ${when}: ${faults.length === 0 ? 'in order' : 'FAULTS'} after ${seconds.toFixed(1)} s`);
  for (const fault of faults) say(`  ${fault}`);
}

const startedAt = performance.now();
const rounds = await checkWriters({
  items: Number(values.items),
  rounds: { 'at work': Number(values['at-work']), killed: Number(values.killed), paused: Number(values.paused) },
  seed: Number(values.seed),
  onRound: sayRound,
});
const faults = rounds.flatMap((round) => round.faults);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
say(`${String(rounds.length)} rounds in ${seconds} s, ${String(faults.length)} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
