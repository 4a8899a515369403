import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How long `fashionmatch --help` takes, and which native libraries it loads: none. Fails when it is too slow. */
const LIMIT_MS = 300;
const RUNS = 11;
const COMMAND_LINE = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

const times = Array.from({ length: RUNS }, () => {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, [COMMAND_LINE, '--help'], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`--help ended with ${String(status)}`);
  return performance.now() - startedAt;
}).sort((a, b) => a - b);
const median = times[Math.floor(RUNS / 2)] ?? Infinity;

const listLoaded = `process.on('exit', () => console.error(process.report.getReport().sharedObjects.join('\\n')))`;
const { stderr } = spawnSync(
  process.execPath,
  ['--import', `data:text/javascript,${encodeURIComponent(listLoaded)}`, COMMAND_LINE, '--help'],
  { encoding: 'utf8' },
);
const native = stderr.split('\n').filter((file) => file.endsWith('.node'));

process.stdout.write(
  `fashionmatch --help: median ${median.toFixed(0)} ms, slowest ${(times.at(-1) ?? 0).toFixed(0)} ms of ${String(RUNS)} runs; ` +
    `native libraries loaded: ${native.length === 0 ? 'none' : native.join(', ')}\n`,
);
process.exitCode = median < LIMIT_MS && native.length === 0 ? 0 : 1;
