import { parseArgs } from 'node:util';

import type { FolderRun } from './embed-folder.js';
import { inMebibytes } from './memory/in-mebibytes.js';
import { MUTATIONS } from './mutations/mutation.js';
import { checkMutations, MEMORY_LIMIT, type MutantOutcome } from './mutations/mutation-check.js';

/**
 * Runs the pipeline over damaged images:
 * `node tools/dist/robustness/check-mutations.js [--count 10000] [--seed 1]`.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayCounts(what: string, outcomes: readonly MutantOutcome[]): void {
  const stored = outcomes.filter(({ outcome }) => outcome.stored).length;
  say(`${what}: ${String(stored)} stored, ${String(outcomes.length - stored)} named with a reason`);
}

function sayRun({ outcomes, seconds, peakMemory }: FolderRun): void {
  say(`${String(outcomes.size)} images in ${seconds.toFixed(0)} s, ${inMebibytes(peakMemory)} at most`);
}

const startedAt = performance.now();
const check = await checkMutations({ count: Number(values.count), seed: Number(values.seed), onRun: sayRun });
for (const mutation of MUTATIONS) {
  const outcomes = check.outcomes.filter((image) => image.mutation === mutation);
  sayCounts(mutation, outcomes);
  sayCounts(
    '  of them HEIC',
    outcomes.filter(({ name }) => name.endsWith('.heic')),
  );
}
for (const fault of check.faults) say(fault);
say(
  `${String(check.outcomes.length)} of ${values.count} images stored or named in ` +
    `${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${inMebibytes(check.peakMemory)} at most ` +
    `(limit ${inMebibytes(MEMORY_LIMIT)}); ${String(check.faults.length)} faults`,
);
process.exitCode = check.faults.length > 0 || check.outcomes.length !== Number(values.count) ? 1 : 0;
