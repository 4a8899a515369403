import { parseArgs } from 'node:util';

import { checkGenerationKills } from './generations/generation-kills.js';

/**
 * Kills commands that make, switch and drop generations, and looks at what serves then:
 * `node tools/dist/robustness/check-generations.js [--rounds 40] [--images 300] [--seed 1]`.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    images: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});

const startedAt = performance.now();
const rounds = await checkGenerationKills({
  rounds: Number(values.rounds),
  images: Number(values.images),
  seed: Number(values.seed),
  onRound: ({ command, afterMs, killed, serving, faults }) => {
    const when = killed ? `killed after ${String(afterMs)} ms` : 'had ended';
    process.stdout.write(
      `${command}: ${when}, ${serving} serves${faults.map((fault) => `; FAULT: ${fault}`).join('')}\n`,
    );
  },
});
const faults = rounds.flatMap((round) => round.faults);
const killed = rounds.filter((round) => round.killed).length;
const seconds = Math.round((performance.now() - startedAt) / 1000);
process.stdout.write(`${String(killed)} kills in ${String(seconds)} s, ${String(faults.length)} faults\n`);
process.exitCode = faults.length > 0 || killed === 0 ? 1 : 0;
