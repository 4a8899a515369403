import { parseArgs } from 'node:util';

import { checkAborts } from './aborts/abort-check.js';

/**
 * Leaves `fashionmatch serve` in every way that a client can:
 * `node tools/dist/robustness/check-aborts.js [--times 50] [--idle 300]`.
 */
const { values } = parseArgs({
  options: { times: { type: 'string', default: '50' }, idle: { type: 'string', default: '300' } },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const startedAt = performance.now();
const { kinds, faults } = await checkAborts({
  times: Number(values.times),
  idleConnections: Number(values.idle),
  onKind: ({ kind, times, thenMs }) => {
    say(`${kind}, ${String(times)} times: the next four photos took ${(thenMs / 1000).toFixed(2)} s`);
  },
});
for (const fault of faults) say(fault);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
say(`${String(kinds.length)} kinds of client in ${seconds} s; ${String(faults.length)} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
