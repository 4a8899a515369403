import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { writeBenchData, type BenchData } from './bench/bench-data.js';
import { benchReport, benchTable, PRECISIONS, type Precision, type Round } from './bench/bench-report.js';
import { compareBuilds } from './bench/compare-builds.js';
import { int8Accuracy } from './bench/int8-accuracy.js';
import { compareWithOriginal } from './bench/original.js';
import { measurementSchema, type Measurement, type MeasurementJob, type MeasurementName } from './bench/measurement.js';
import { inMebibytes } from './robustness/memory/in-mebibytes.js';

/**
 * How fast the parts and the whole are with the real architectures (random weights), and how that compares with
 * transformers.js on the same files: `npm run bench [-- --quick] [--json FILE] [--rounds N] [--images N]`.
 * `--against DIR` compares this build's commands with those of another built checkout instead, `--original` the whole
 * pipeline with the one in Python that it replaces (tools/python/original.py; PyTorch is installed for that).
 * Each measurement runs in a process of its own, and a round takes all of them in turn, so that whatever else the
 * machine does meets them alike: only ratios within a round mean anything elsewhere.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string' },
    images: { type: 'string' },
    against: { type: 'string' },
    original: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const images = Number(values.images ?? (values.quick ? 24 : 160));

const PARTS: Readonly<Record<Precision, readonly MeasurementName[]>> = {
  fp32: [
    'preprocess',
    'clip',
    'dino',
    'store',
    'pipeline',
    'preprocess-one-by-one',
    'transformers-preprocess',
    'transformers',
    'server-start',
    'model-load',
    'one-batch',
    'first-batch',
  ],
  int8: ['clip', 'dino', 'pipeline'],
};
const MEASURE = fileURLToPath(new URL('./bench/measure.js', import.meta.url));
const MEASUREMENT_DEADLINE_MS = 10 * 60_000;
const run = promisify(execFile);

const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-bench-'));
try {
  const data = await writeBenchData(directory, images);
  if (values.against !== undefined) await compareWith(resolve(values.against), data);
  else if (values.original) await compareOriginal(data);
  else await measureParts(data);
} finally {
  await rm(directory, { recursive: true });
}

async function compareWith(theirs: string, data: BenchData): Promise<void> {
  const ours = fileURLToPath(new URL('../..', import.meta.url));
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const compared = await compareBuilds({
    ...data,
    ours,
    theirs,
    directory: join(directory, 'builds'),
    rounds,
    say,
  });
  const rows = compared.map(
    ({ what, time, memory }) => `  ${what.padEnd(34)}${time.toFixed(2).padStart(8)}${memory.toFixed(2).padStart(12)}`,
  );
  const head = `  ${'this build / the other'.padEnd(34)}${'time'.padStart(8)}${'peak memory'.padStart(12)}`;
  const setting = `${String(images)} photographs of 1200 × 1600, median of ${String(rounds)} rounds`;
  process.stdout.write(`${[machine(), setting, head, ...rows].join('\n')}\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ machine: machine(), images, rounds, compared }, null, 2)}\n`);
  }
}

async function compareOriginal(data: BenchData): Promise<void> {
  const compared = await compareWithOriginal({
    ...data,
    rounds,
    measureOurs: (precision) => measure('pipeline', precision, data),
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  const { versions, fp32, int8 } = compared;
  const packages = Object.entries(versions).map((entry) => entry.join(' ')).join(', '); // prettier-ignore
  const setting = `${String(images)} photographs of 1200 × 1600, median of ${String(rounds)} rounds; ${packages}`;
  const row = (what: string, ratio: number): string => `  ${what.padEnd(52)}${ratio.toFixed(2).padStart(8)}`;
  const rows = [row('whole pipeline at fp32, images/s / the original’s', fp32), row('at int8', int8)];
  process.stdout.write(`${[machine(), setting, ...rows].join('\n')}\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ machine: machine(), images, rounds, ...compared }, null, 2)}\n`);
  }
}

async function measure(name: MeasurementName, precision: Precision, data: BenchData): Promise<Measurement> {
  const workDirectory = join(directory, 'work');
  await mkdir(workDirectory);
  const job: MeasurementJob = { ...data, name, precision, images, workDirectory, threads: availableParallelism() };
  const { stdout } = await run(process.execPath, [MEASURE, JSON.stringify(job)], { timeout: MEASUREMENT_DEADLINE_MS });
  await rm(workDirectory, { recursive: true });
  return measurementSchema.parse(JSON.parse(stdout));
}

async function measureParts(data: BenchData): Promise<void> {
  const taken: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    const measurements: Record<Precision, Partial<Record<MeasurementName, Measurement>>> = { fp32: {}, int8: {} };
    for (const precision of PRECISIONS) {
      for (const name of PARTS[precision]) {
        const measurement = await measure(name, precision, data);
        measurements[precision][name] = measurement;
        const { images: count, seconds } = measurement;
        const took = `${String(count)} images in ${seconds.toFixed(2)} s`;
        process.stderr.write(`round ${String(round)}: ${name} ${precision}: ${took}\n`);
      }
    }
    taken.push(measurements);
  }
  const accuracy = await int8Accuracy(data.modelsDirectory, data.wardrobeDirectory);
  const report = benchReport(machine(), taken, accuracy);
  process.stdout.write(benchTable(report));
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ ...report, measurements: taken }, null, 2)}\n`);
  }
}

function machine(): string {
  const [cpu] = cpus();
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return (
    `${cpu?.model.trim() ?? 'unknown processor'}, ${String(availableParallelism())} threads, ` +
    `${inMebibytes(totalmem())}, Node.js ${process.version}, load ${load}`
  );
}
