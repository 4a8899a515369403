import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { FashionmatchProcess, type Outcome } from './end-to-end/fashionmatch-process.js';
import { inMebibytes } from './robustness/in-mebibytes.js';
import { watchPeakMemory } from './robustness/peak-memory.js';
import { writeLargeStore } from './scale/large-store.js';

/**
 * How long a store of many items keeps its user waiting, and how much memory the command takes, its Chroma server
 * left out: `node tools/dist/measure-scale.js FOLDER [--items 100000] [--runs 3]`. The first call fills the folder,
 * which takes a quarter of an hour for 100,000 items; later ones use it again. Fails when a limit is passed.
 */
const LIMIT_S = 5;
const LIMIT_BYTES = 300_000_000;

/** A run says so when it knows what there is to do. */
const PLANNED = 'Processing 0 new items';

interface Measurement {
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Until the run knew what there was to do. */
  readonly secondsToPlan: number | undefined;
  readonly peakMemory: number | undefined;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { items: { type: 'string', default: '100000' }, runs: { type: 'string', default: '3' } },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('Say where: node tools/dist/measure-scale.js FOLDER [--items 100000] [--runs 3]\n');
  process.exitCode = 2;
} else {
  await measureScale(resolve(folder), Number(values.items), Number(values.runs));
}

async function measureScale(directory: string, items: number, runs: number): Promise<void> {
  await writeLargeStore({ directory, items, onProgress: sayProgress });
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GiB of memory`;
  say(`${cpu}, ${String(availableParallelism())} cores, ${memory}, Node.js ${process.version}; ${String(items)} items`);
  for (let i = 0; i < runs; i++) {
    const status = await measure(directory, 'status');
    report('status', status, status.seconds);
    const embed = await measure(directory, 'embed', '--mode', 'references');
    if (!embed.outcome.stderr.includes(`skipping ${String(items)} existing`)) {
      throw new Error(`Not all items were skipped: ${embed.outcome.stderr}`);
    }
    report('embed, start', embed, embed.secondsToPlan);
    say(`  embed, whole run    ${inSeconds(embed.seconds)}`);
  }
}

async function measure(directory: string, ...args: readonly string[]): Promise<Measurement> {
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  const config = join(directory, 'config.yaml');
  const command = new FashionmatchProcess([...args, '--config', config, '--json', '--no-progress'], directory);
  const peakMemory = watchPeakMemory(command.child.pid ?? 0);
  let secondsToPlan: number | undefined;
  command.child.stderr?.on('data', (chunk: Buffer) => {
    if (chunk.includes(PLANNED)) secondsToPlan = elapsed();
  });
  const outcome = await command.outcome;
  if (outcome.exitCode !== 0) throw new Error(`${args.join(' ')} failed: ${outcome.stderr}`);
  return { outcome, seconds: elapsed(), secondsToPlan, peakMemory: peakMemory() };
}

function report(name: string, { peakMemory }: Measurement, seconds = Infinity): void {
  say(`  ${name.padEnd(18)}  ${inSeconds(seconds)}  ${inMebibytes(peakMemory)} at most, load ${load()}`);
  if (seconds > LIMIT_S || (peakMemory ?? 0) > LIMIT_BYTES) process.exitCode = 1;
}

function sayProgress(stored: number): void {
  if (stored % 10_000 === 0) process.stderr.write(`${String(stored)} items stored\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '?';
}
