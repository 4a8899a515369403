import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { z } from 'zod';

import { pythonEnvironment } from '../end-to-end/running/python-environment.js';
import { medianOf } from '../scale/median.js';
import type { Measurement } from './measurement.js';

/** The whole pipeline against the one in Python that it replaces, both with their models loaded. */
export interface OriginalComparison {
  /** Of the Python packages. */
  readonly versions: Readonly<Record<string, string>>;
  /** Images a second over the original's, the median of the rounds. */
  readonly fp32: number;
  /** The same at int8, over the original at fp32: it knows nothing else. */
  readonly int8: number;
}

export interface OriginalOptions {
  readonly imagesDirectory: string;
  readonly rounds: number;
  /** The whole pipeline of this build, on the same images. */
  readonly measureOurs: (precision: 'fp32' | 'int8') => Promise<Measurement>;
  readonly say: (line: string) => void;
}

const PROGRAM = fileURLToPath(new URL('../../python/original.py', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('../../python/requirements-original.txt', import.meta.url));

/** PyTorch brings gigabytes. */
const INSTALLING_MS = 30 * 60_000;

const originalSchema = z.object({
  images: z.number(),
  seconds: z.number(),
  versions: z.record(z.string(), z.string()),
});

const run = promisify(execFile);

/** @throws Error when Python or its packages cannot be had. */
export async function compareWithOriginal(options: OriginalOptions): Promise<OriginalComparison> {
  const { imagesDirectory, rounds, measureOurs, say } = options;
  const environment = await pythonEnvironment(REQUIREMENTS, INSTALLING_MS);
  if ('missing' in environment) throw new Error(`The original cannot be run: ${environment.missing}.`);
  let versions: Readonly<Record<string, string>> = {};
  const ratios: { readonly fp32: number; readonly int8: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const fp32 = rateOf(await measureOurs('fp32'));
    const { stdout } = await run(environment.python, [PROGRAM, imagesDirectory]);
    const original = originalSchema.parse(JSON.parse(stdout));
    const int8 = rateOf(await measureOurs('int8'));
    const theirs = rateOf(original);
    ({ versions } = original);
    say(`round ${String(round)}: ${[fp32, theirs, int8].map((rate) => rate.toFixed(1)).join(', ')} images/s`);
    ratios.push({ fp32: fp32 / theirs, int8: int8 / theirs });
  }
  return { versions, fp32: medianOf(ratios.map(({ fp32 }) => fp32)), int8: medianOf(ratios.map(({ int8 }) => int8)) };
}

const rateOf = ({ images, seconds }: Pick<Measurement, 'images' | 'seconds'>): number => images / seconds;
