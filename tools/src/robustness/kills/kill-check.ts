import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '@fashionmatch/domain/testing';

import { writeDistinctImages } from '../distinct-images.js';
import { summaryOf } from '../embed-outcome.js';
import { planStores, type Pace } from './kill-plan.js';
import { endOf, nextServer, startEmbed, type Ingest } from './killed-run.js';
import { killUntilDone, type Expectation, type KilledStore } from './killed-store.js';
import { readStoreContents } from '../store-contents.js';

export interface KillCheckOptions {
  /** Images of a run. */
  readonly items: number;
  /** How often the command line is killed, in all stores together. */
  readonly cliKills: number;
  /** How often the command line's server is killed; one that takes its place does not count. */
  readonly serverKills: number;
  /** Decides on the moments. */
  readonly seed: number;
  readonly onPace?: (pace: Pace) => void;
  readonly onStore?: (store: KilledStore) => void;
}

/** Many times what a busy machine needs. */
const DEADLINE_MS = 60_000;
const DEADLINE_FACTOR = 10;
const DEADLINE_PER_IMAGE_MS = 1_000;

/**
 * Kills the command line and its server with SIGKILL again and again, lets a last run finish, and compares each
 * store with that of a run that was left in peace, bit for bit. Stores with a fault are kept.
 *
 * @throws Error when that run does not store everything.
 */
export async function checkKills(options: KillCheckOptions): Promise<readonly KilledStore[]> {
  const { items, cliKills, serverKills, seed, onPace, onStore } = options;
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-kills-'));
  const images = await writeDistinctImages(join(workingDirectory, 'images'), items);
  const ingestInto = (name: string): Ingest => ({ store: join(workingDirectory, name), images, workingDirectory });
  const { pace, expected } = await runInPeace(ingestInto('reference'), items);
  onPace?.(pace);

  const random = seededRandom(seed);
  const waiting = planStores('cli', cliKills, pace, random);
  waiting.push(...planStores('server', serverKills, pace, random));
  const stores: KilledStore[] = [];
  for (let planned = waiting.shift(); planned !== undefined; planned = waiting.shift()) {
    const ingest = ingestInto(`store-${String(stores.length + 1)}`);
    const { killed, left } = await killUntilDone(planned, ingest, expected);
    onStore?.(killed);
    stores.push(killed);
    if (left.length > 0) waiting.push({ target: planned.target, kills: left });
    if (killed.faults.length === 0) await rm(ingest.store, { recursive: true });
  }
  if (stores.every(({ faults }) => faults.length === 0)) await rm(workingDirectory, { recursive: true });
  return stores;
}

async function runInPeace(ingest: Ingest, items: number): Promise<{ pace: Pace; expected: Expectation }> {
  const startedAt = performance.now();
  const run = startEmbed(ingest);
  await nextServer(run, ingest.store);
  const serverMs = performance.now() - startedAt;
  const summary = summaryOf(await endOf(run, DEADLINE_MS + DEADLINE_PER_IMAGE_MS * items));
  const wholeMs = performance.now() - startedAt;
  const deadlineMs = DEADLINE_MS + DEADLINE_FACTOR * wholeMs;
  const again = summaryOf(await endOf(startEmbed(ingest), deadlineMs));
  const idleMs = performance.now() - startedAt - wholeMs;
  if (summary?.processed !== items || again?.skipped !== items) {
    throw new Error(`A run in peace must store ${String(items)} items, and the next one skip them all.`);
  }
  const { encoderIds } = summary;
  const contents = await readStoreContents(ingest.store, encoderIds);
  return { pace: { idleMs, wholeMs, serverMs }, expected: { items, contents, encoderIds, deadlineMs } };
}
