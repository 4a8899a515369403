import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { lengthOf, UNIT_LENGTH_TOLERANCE } from '@fashionmatch/domain';

import { BUILT_IN, FashionmatchProcess } from '../end-to-end/running/fashionmatch-process.js';
import { readRawCollections, type RawCollection } from '../end-to-end/running/raw-collections.js';
import { watchPeakMemory } from './memory/peak-memory.js';

/** What became of one image. */
export type ImageOutcome = { readonly stored: true } | { readonly stored: false; readonly reason: string };

/** What one run of the real command line made of a folder of images. */
export interface FolderRun {
  /** By file name. */
  readonly outcomes: ReadonlyMap<string, ImageOutcome>;
  /** One sentence for each thing that must never happen, whatever the images are; none when all is well. */
  readonly faults: readonly string[];
  readonly seconds: number;
  /** The most memory the command held at once, in bytes; `undefined` where that cannot be seen. */
  readonly peakMemory: number | undefined;
}

const CLIP_DIMENSIONS = 512;
const DINO_DIMENSIONS = 384;

const DONE = 0;
const SOME_ITEMS_FAILED = 3;

/**
 * Embeds the images of a folder (without subfolders) into a new store, and looks at what the process did
 * and at what the two collections hold. A run that takes longer than the deadline is killed: it hangs.
 */
export async function embedFolder(folder: string, deadlineMs: number): Promise<FolderRun> {
  const workspace = await mkdtemp(join(tmpdir(), 'fashionmatch-robustness-'));
  try {
    return await embed(folder, workspace, deadlineMs);
  } finally {
    await rm(workspace, { recursive: true, maxRetries: 10 });
  }
}

async function embed(folder: string, workspace: string, deadlineMs: number): Promise<FolderRun> {
  const store = join(workspace, 'chromadb');
  const startedAt = performance.now();
  const embedding = new FashionmatchProcess(
    ['embed', '--mode', 'references', '--references-dir', folder, '--json', '--log-level', 'error', '--no-progress'],
    workspace,
    { ...BUILT_IN, FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: store },
  );
  const peakMemory = watchPeakMemory(embedding.child.pid ?? 0);
  const deadline = setTimeout(() => embedding.child.kill('SIGKILL'), deadlineMs);
  const { exitCode, signal, stdout, stderr } = await embedding.outcome;
  clearTimeout(deadline);
  const elapsedMs = performance.now() - startedAt;
  const run = { seconds: elapsedMs / 1000, peakMemory: peakMemory() };

  if (exitCode !== DONE && exitCode !== SOME_ITEMS_FAILED) {
    const end = signal ?? `exit code ${String(exitCode)}`;
    const fault =
      elapsedMs >= deadlineMs
        ? `The run did not end within ${String(deadlineMs / 1000)} s.`
        : `The run ended with ${end}: ${stderr.slice(-2000) || 'it said nothing'}`;
    return { ...run, outcomes: new Map(), faults: [fault] };
  }
  const { clip, dino } = await readRawCollections(store, 'fashion_items');
  return { ...run, ...outcomesOf(await readdir(folder), failuresIn(stdout), { clip, dino }) };
}

/** Every image is to be in both collections, or named as failed: not both, and not neither. */
function outcomesOf(
  names: readonly string[],
  failures: readonly Failure[],
  { clip, dino }: { readonly clip: RawCollection; readonly dino: RawCollection },
): Pick<FolderRun, 'outcomes' | 'faults'> {
  const [inClip, inDino] = [countByName(storedPaths(clip)), countByName(storedPaths(dino))];
  const named = countByName(failures.map(({ path }) => path));
  const reasons = new Map(failures.map(({ path, reason }) => [basename(path), reason]));
  const faults = [...vectorFaults(clip, CLIP_DIMENSIONS), ...vectorFaults(dino, DINO_DIMENSIONS)];
  const outcomes = new Map<string, ImageOutcome>();
  for (const name of names) {
    const counts = [inClip, inDino, named].map((count) => count.get(name) ?? 0).join(' ');
    if (counts === '1 1 0') outcomes.set(name, { stored: true });
    else if (counts === '0 0 1') outcomes.set(name, { stored: false, reason: reasons.get(name) ?? '' });
    else faults.push(`${name} is not once stored or once named: in clip, in dino, failed: ${counts}.`);
  }
  return { outcomes, faults };
}

function storedPaths({ metadatas }: RawCollection): string[] {
  return metadatas.map((metadata) => String(metadata?.['local_image_path']));
}

function countByName(paths: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(basename(path), (counts.get(basename(path)) ?? 0) + 1);
  return counts;
}

function vectorFaults({ ids, embeddings }: RawCollection, dimensions: number): string[] {
  return embeddings.flatMap((vector, i) => {
    const isUnit = Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE;
    return isUnit && vector.length === dimensions ? [] : [`The vector of ${ids[i] ?? '?'} is no unit vector.`];
  });
}

interface Failure {
  readonly path: string;
  readonly reason: string;
}

function failuresIn(stdout: string): readonly Failure[] {
  const document: unknown = JSON.parse(stdout);
  if (hasFailures(document)) return document.failures;
  throw new Error(`The document of the run has no failures: ${stdout.slice(0, 200)}`);
}

function hasFailures(document: unknown): document is { readonly failures: readonly Failure[] } {
  return (
    typeof document === 'object' && document !== null && 'failures' in document && Array.isArray(document.failures)
  );
}
