import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { z } from 'zod';

import { medianOf } from '../scale/median.js';
import type { BenchData } from './bench-data.js';

/** Commands of two builds, in turn on the same files, so that whatever else the machine does meets both alike. */
export interface BuildComparison {
  readonly what: string;
  /** The median over the rounds of this build's wall time over the other's, from the start of the process to its end. */
  readonly time: number;
  /** The same of the command's own memory at its peak, without the server's. */
  readonly memory: number;
}

export interface CompareBuildsOptions extends BenchData {
  /** Roots of built checkouts. */
  readonly ours: string;
  readonly theirs: string;
  /** An empty folder. */
  readonly directory: string;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

interface Run {
  readonly seconds: number;
  readonly peakBytes: number;
}

interface Scenario {
  readonly what: string;
  readonly models: 'real' | 'builtin';
  readonly args: (photographs: string) => readonly string[];
  /** Whether each run begins without a store; the others with one that is filled. */
  readonly anew: boolean;
}

const EMBED = (photographs: string): string[] => ['embed', '--mode', 'references', '--references-dir', photographs];

const SCENARIOS: readonly Scenario[] = [
  { what: 'embed, real architectures', models: 'real', args: EMBED, anew: true },
  { what: 'embed again, all skipped', models: 'real', args: EMBED, anew: false },
  {
    what: 'one search by a photograph',
    models: 'real',
    args: (photographs) => ['search', join(photographs, '000000.jpg')],
    anew: false,
  },
  { what: 'embed, built-in encoders', models: 'builtin', args: EMBED, anew: true },
];

/** Written by each process when it ends. */
const PEAK = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs';" +
    "process.on('exit', () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS * 1024)));",
)}`;

const run = promisify(execFile);

/** @throws Error when a command of one of the builds fails. */
export async function compareBuilds(options: CompareBuildsOptions): Promise<BuildComparison[]> {
  const { rounds, say } = options;
  const comparisons: BuildComparison[] = [];
  for (const scenario of SCENARIOS) {
    const ratios: { time: number; memory: number }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const theirs = await runOnce(options, scenario, 'theirs');
      const ours = await runOnce(options, scenario, 'ours');
      ratios.push({ time: ours.seconds / theirs.seconds, memory: ours.peakBytes / theirs.peakBytes });
      say(`round ${String(round)}: ${scenario.what}: ${theirs.seconds.toFixed(2)} s, ${ours.seconds.toFixed(2)} s`);
    }
    const [time, memory] = [medianOf(ratios.map((one) => one.time)), medianOf(ratios.map((one) => one.memory))];
    comparisons.push({ what: scenario.what, time, memory });
  }
  return comparisons;
}

const manifestSchema = z.object({ bin: z.object({ fashionmatch: z.string() }) });

async function runOnce(
  { directory, imagesDirectory, modelsDirectory, ...options }: CompareBuildsOptions,
  { models, args, anew }: Scenario,
  build: 'ours' | 'theirs',
): Promise<Run> {
  const place = join(directory, `${build}-${models}`);
  const store = join(place, 'chromadb');
  await mkdir(place, { recursive: true });
  if (anew) await rm(store, { recursive: true, force: true });
  const names =
    models === 'builtin'
      ? ['builtin/colour-layout', 'builtin/structure']
      : [join(modelsDirectory, 'clip-vit-base-patch32'), join(modelsDirectory, 'dinov2-small')];
  const config = {
    models: { clip_model: names[0], dino_model: names[1] },
    database: { persist_directory: store },
  };
  const [configFile, peakFile] = [join(place, 'config.json'), join(place, 'peak')];
  await writeFile(configFile, JSON.stringify(config));
  const command = ['--import', PEAK, await commandLineOf(options[build]), ...args(imagesDirectory)];
  const startedAt = performance.now();
  await run(process.execPath, [...command, '--config', configFile, '--json'], {
    env: { ...process.env, BENCH_PEAK: peakFile },
    maxBuffer: 1 << 26,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, peakBytes: Number(await readFile(peakFile, 'utf8')) };
}

/** What is started when somebody types the command's name. */
async function commandLineOf(build: string): Promise<string> {
  const folder = join(build, 'apps/cli');
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return join(folder, manifestSchema.parse(manifest).bin.fashionmatch);
}
