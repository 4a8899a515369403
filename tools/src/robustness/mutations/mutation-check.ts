import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { embedFolder, type FolderRun, type ImageOutcome } from '../embed-folder.js';
import { mutant, type Mutation } from './mutation.js';
import { drawMutationSources } from './mutation-sources.js';

export interface MutationCheckOptions {
  readonly count: number;
  /** Decides on the images. */
  readonly seed: number;
  readonly imagesPerRun?: number;
  /** Told after each run. */
  readonly onRun?: (run: FolderRun) => void;
}

export interface MutantOutcome {
  /** Of its file. */
  readonly name: string;
  readonly mutation: Mutation;
  readonly outcome: ImageOutcome;
}

export interface MutationCheck {
  /** For each image that is stored or named, and nothing else. */
  readonly outcomes: readonly MutantOutcome[];
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
  /** In bytes, of the largest run; `undefined` where it cannot be seen. */
  readonly peakMemory: number | undefined;
}

/**
 * The most memory that the command may hold, in bytes. Two images are decoded at once, and a header that lies
 * can make each of them as large as the pixel limit lets it be (650 MB).
 */
export const MEMORY_LIMIT = 2 * 2 ** 30;

/** Many times what a busy machine needs. */
const DEADLINE_MS = 60_000;
const DEADLINE_PER_IMAGE_MS = 200;

/** Runs the real pipeline over images of the sample wardrobe that chance has damaged. */
export async function checkMutations(options: MutationCheckOptions): Promise<MutationCheck> {
  const { count, seed, imagesPerRun = 2500, onRun } = options;
  const sources = await drawMutationSources();
  const outcomes: MutantOutcome[] = [];
  const faults: string[] = [];
  const peaks: number[] = [];
  for (let first = 0; first < count; first += imagesPerRun) {
    const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-mutations-'));
    const mutations = new Map<string, Mutation>();
    for (let place = first; place < Math.min(first + imagesPerRun, count); place++) {
      const { name, mutation, bytes } = mutant(sources, seed, place);
      mutations.set(name, mutation);
      await writeFile(join(folder, name), bytes);
    }

    const run = await embedFolder(folder, DEADLINE_MS + mutations.size * DEADLINE_PER_IMAGE_MS);
    onRun?.(run);
    if (run.peakMemory !== undefined) peaks.push(run.peakMemory);
    for (const [name, mutation] of mutations) {
      const outcome = run.outcomes.get(name);
      if (outcome) outcomes.push({ name, mutation, outcome });
    }
    if (run.faults.length > 0) faults.push(...run.faults, `The images of this run are kept in ${folder}.`);
    else await rm(folder, { recursive: true });
  }
  const peakMemory = peaks.length > 0 ? Math.max(...peaks) : undefined;
  if (peakMemory !== undefined && peakMemory > MEMORY_LIMIT) faults.push('The command took more memory than it may.');
  return { outcomes, faults, peakMemory };
}
