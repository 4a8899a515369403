import { spawnSync } from 'node:child_process';

import { COMMAND_LINE } from './end-to-end/running/fashionmatch-process.js';

/**
 * How long the help and the version take, and which native libraries they load: none. Fails when one is too slow: it may
 * take 300 ms, or, on a machine that is slow itself, three and a half times as long as Node.js takes for nothing.
 */
const LIMIT_MS = 300;
const LIMIT_OF_NODE = 3.5;
const RUNS = 11;
const LIST_LOADED = `process.on('exit', () => console.error(process.report.getReport().sharedObjects.join('\\n')))`;

const alone = timesOf(['-e', '0']).median;
const limit = Math.max(LIMIT_MS, LIMIT_OF_NODE * alone);
process.stdout.write(`Node.js alone: median ${alone.toFixed(0)} ms, so that the limit is ${limit.toFixed(0)} ms\n`);

for (const args of [['--help'], ['--version'], ['embed', '--help'], ['search', '--help']]) {
  const { median, slowest } = timesOf([COMMAND_LINE, ...args]);
  const native = nativeLibraries(args);
  process.stdout.write(
    `fashionmatch ${args.join(' ')}: median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms of ` +
      `${String(RUNS)} runs; native libraries loaded: ${native.length === 0 ? 'none' : native.join(', ')}\n`,
  );
  if (median >= limit || native.length > 0) process.exitCode = 1;
}

function timesOf(args: readonly string[]): { readonly median: number; readonly slowest: number } {
  const times = Array.from({ length: RUNS }, () => timed(args)).sort((a, b) => a - b);
  return { median: times[Math.floor(RUNS / 2)] ?? Infinity, slowest: times.at(-1) ?? Infinity };
}

function timed(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}`);
  return performance.now() - startedAt;
}

function nativeLibraries(args: readonly string[]): string[] {
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(LIST_LOADED)}`, COMMAND_LINE, ...args],
    { encoding: 'utf8' },
  );
  return stderr.split('\n').filter((file) => file.endsWith('.node'));
}
