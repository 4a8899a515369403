import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf } from '@fashionmatch/domain';
import { RecordingLogger, seededRandom } from '@fashionmatch/domain/testing';
import { openEmbeddedChroma } from '@fashionmatch/storage';

import type { FashionmatchProcess, Outcome } from '../../end-to-end/running/fashionmatch-process.js';
import { readRawCollections } from '../../end-to-end/running/raw-collections.js';
import { writeDistinctImages, type ImageFolders } from '../distinct-images.js';
import { summaryOf } from '../embed-outcome.js';
import { endOf } from '../kills/killed-run.js';
import { SharedStore, signalWriter } from './rival-writers.js';

/** What becomes of the first writer when the second one comes. */
export type Rivalry = 'at work' | 'killed' | 'paused';

export interface WriterCheckOptions {
  /** Listings that each of two writers has, under the same ids. */
  readonly items: number;
  /** How often, for each. */
  readonly rounds: Readonly<Record<Rivalry, number>>;
  /** Decides on the moments. */
  readonly seed: number;
  readonly onRound?: (round: WriterRound) => void;
}

/** What became of one store. */
export interface WriterRound {
  readonly rivalry: Rivalry;
  /** How long the first writer had its lease before it was paused or killed, or the second one came. */
  readonly afterMs: number;
  /** Items that the first writer had stored by then. */
  readonly stored: number;
  readonly seconds: number;
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
}

const DONE = 0;
const LOCKED = 5;
const DEADLINE_MS = 600_000;
/** The two writers' listings have the same ids and images, and other titles. */
const [FIRST, SECOND] = ['First', 'Second'] as const;

interface Place {
  readonly store: SharedStore;
  readonly directory: string;
  readonly folders: Readonly<Record<typeof FIRST | typeof SECOND, ImageFolders>>;
  readonly items: number;
}

/**
 * Lets two command lines, each as on a host of its own, write to the same collections of one server, where the first
 * is at work, killed, or paused when the second comes; and looks at how both end, and whose listings are stored.
 */
export async function checkWriters(options: WriterCheckOptions): Promise<readonly WriterRound[]> {
  const { items, rounds, seed, onRound } = options;
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-writers-'));
  const directory = join(workingDirectory, 'server');
  const folders = {
    [FIRST]: await writeDistinctImages(join(workingDirectory, FIRST), 2 * items, FIRST),
    [SECOND]: await writeDistinctImages(join(workingDirectory, SECOND), 2 * items, SECOND),
  };
  const random = seededRandom(seed);
  const done: WriterRound[] = [];
  {
    await using server = await openEmbeddedChroma({ persistDirectory: directory, logger: new RecordingLogger() });
    const place = (name: string): Place => {
      const store = new SharedStore(server, name, workingDirectory);
      return { store, directory, folders, items };
    };
    const writingMs = await writeInPeace(place('in_peace'));
    for (const rivalry of ['at work', 'killed', 'paused'] as const) {
      for (let i = 0; i < rounds[rivalry]; i++) {
        const afterMs = Math.round(random() * writingMs);
        const round = await rival(rivalry, afterMs, place(`round_${String(done.length + 1)}`));
        onRound?.(round);
        done.push(round);
      }
    }
  }
  await rm(workingDirectory, { recursive: true, maxRetries: 10 });
  return done;
}

/** How long a writer has its lease when nobody disturbs it. */
async function writeInPeace({ store, folders }: Place): Promise<number> {
  const run = store.startWriter(folders[FIRST]);
  await store.isLeased(run);
  const startedAt = performance.now();
  const { exitCode, stderr } = await endOf(run, DEADLINE_MS);
  if (exitCode !== DONE) throw new Error(`A writer in peace did not finish: ${reasonOf(stderr)}`);
  return performance.now() - startedAt;
}

async function rival(rivalry: Rivalry, afterMs: number, place: Place): Promise<WriterRound> {
  const startedAt = performance.now();
  const { store, folders, items } = place;
  const first = store.startWriter(folders[FIRST]);
  const faults: string[] = [];
  let stored = 0;
  try {
    await store.isLeased(first);
    await delay(afterMs);
    const hasEnded = first.child.exitCode !== null;
    if (hasEnded) faults.push(...faultsOfEarlyEnd(await first.outcome, items));
    else if (rivalry !== 'at work') await signalWriter(first, rivalry === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    // It may not have made its collections yet.
    stored = await titlesIn(place).then(({ size }) => size, () => 0); // prettier-ignore
    const second = store.startWriter(folders[SECOND]);
    if (rivalry === 'at work') faults.push(...(await faultsOfTwo(first, second, place)));
    else faults.push(...(await faultsOfTakeover(rivalry, first, second, place)));
    faults.push(...(await store.leftovers()));
  } catch (thrown) {
    faults.push(reasonOf(thrown));
  } finally {
    first.child.kill('SIGKILL');
  }
  return { rivalry, afterMs, stored, seconds: (performance.now() - startedAt) / 1000, faults };
}

/** It had no rival yet: it must have finished. */
function faultsOfEarlyEnd(outcome: Outcome, items: number): string[] {
  const hasFinished = outcome.exitCode === DONE && summaryOf(outcome)?.processed === items;
  return hasFinished ? [] : [`The first writer ended by itself with ${endingOf(outcome)}`];
}

/** The second writer is refused; or it came when the first had finished, and replaces what that one stored. */
async function faultsOfTwo(first: FashionmatchProcess, second: FashionmatchProcess, place: Place): Promise<string[]> {
  const [one, other] = await Promise.all([endOf(first, DEADLINE_MS), endOf(second, DEADLINE_MS)]);
  const winner = other.exitCode === DONE ? SECOND : FIRST;
  return [
    ...(one.exitCode === DONE ? [] : [`The first writer ended with ${endingOf(one)}`]),
    ...(other.exitCode === DONE || isRefusal(other) ? [] : [`The second writer ended with ${endingOf(other)}`]),
    ...(await faultsOfContents(winner, place)),
  ];
}

/** The second writer takes over and finishes; the first one, when it wakes up, changes nothing any more, and says so. */
async function faultsOfTakeover(
  rivalry: Rivalry,
  first: FashionmatchProcess,
  second: FashionmatchProcess,
  place: Place,
): Promise<string[]> {
  const faults: string[] = [];
  const other = await endOf(second, DEADLINE_MS);
  if (other.exitCode !== DONE) faults.push(`The second writer ended with ${endingOf(other)}`);
  faults.push(...(await faultsOfContents(SECOND, place)));
  if (rivalry === 'paused' && first.child.exitCode === null) {
    await signalWriter(first, 'SIGCONT');
    const one = await endOf(first, DEADLINE_MS);
    const hadFinished = one.exitCode === DONE && summaryOf(one)?.processed === place.items;
    if (!hadFinished && !isRefusal(one) && !ranOutOfTime(one))
      faults.push(`The paused writer ended with ${endingOf(one)}`);
    faults.push(...(await faultsOfContents(SECOND, place)).map((fault) => `After the paused writer woke up: ${fault}`));
  }
  return faults;
}

/** Every item is there once, in both collections, as one and the same writer has it. */
async function faultsOfContents(writer: string, place: Place): Promise<string[]> {
  const titles = await titlesIn(place);
  const foreign = [...titles].filter(([, found]) => found.some((title) => !title.startsWith(writer)));
  const halves = [...titles.values()].filter(({ length }) => length !== 2).length;
  return [
    ...(titles.size === place.items ? [] : [`${String(titles.size)} items are stored, not ${String(place.items)}.`]),
    ...(halves === 0 ? [] : [`${String(halves)} items are not once in each collection.`]),
    ...(foreign.length === 0 ? [] : [`${String(foreign.length)} items are not the ${writer} writer's.`]),
  ];
}

/** The titles of each id in either collection. */
async function titlesIn({ directory, store }: Place): Promise<Map<string, string[]>> {
  const titles = new Map<string, string[]>();
  for (const { ids, metadatas } of Object.values(await readRawCollections(directory, store.collectionName))) {
    for (const [i, id] of ids.entries()) titles.set(id, [...(titles.get(id) ?? []), String(metadatas[i]?.['title'])]);
  }
  return titles;
}

function isRefusal(outcome: Outcome): boolean {
  return outcome.exitCode === LOCKED && summaryOf(outcome)?.errorCode === 'STORE_LOCKED';
}

/** A paused writer may find first that its encoders have not answered in time, which was a pause of theirs as well. */
function ranOutOfTime(outcome: Outcome): boolean {
  return summaryOf(outcome)?.errorCode === 'ENCODER_FAILED';
}

function endingOf({ exitCode, signal, stderr }: Outcome): string {
  return `${signal ?? `exit code ${String(exitCode)}`}: ${reasonOf(stderr.slice(-300)) || 'it said nothing'}`;
}
