import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '@fashionmatch/domain/testing';

import { writeDistinctImages } from '../distinct-images.js';
import { summaryOf } from '../embed-outcome.js';
import { endOf, startEmbed, type Ingest } from '../kills/killed-run.js';
import { readStoreContents } from '../store-contents.js';
import { DISTURBANCES, spreadAndDisturb, type Round } from './spread-round.js';

export interface SpreadCheckOptions {
  readonly rounds: number;
  /** Images of a run. */
  readonly items: number;
  /** Decides on the moments. */
  readonly seed: number;
  /** How long Redis is away when it is restarted; a second unless given. */
  readonly redisAwayMs?: number | undefined;
  readonly onRound?: (round: Round) => void;
}

/** Little is left to do after it has gone on for that. */
const SPAN_MS = 2_000;

/**
 * Spreads runs over four workers, disturbs them in turn, and compares each store with that of one process, bit for bit.
 * Stores with a fault are kept.
 *
 * @throws Error when the process alone does not store everything.
 */
export async function checkSpread(options: SpreadCheckOptions): Promise<readonly Round[]> {
  const { rounds, items, seed, redisAwayMs = 1_000, onRound } = options;
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-spread-'));
  const images = await writeDistinctImages(join(workingDirectory, 'images'), items);
  const ingestInto = (name: string): Ingest => ({ store: join(workingDirectory, name), images, workingDirectory });
  const alone = ingestInto('alone');
  const summary = summaryOf(await endOf(startEmbed(alone)));
  if (summary?.processed !== items) throw new Error(`One process must store ${String(items)} images.`);
  const { encoderIds } = summary;
  const expected = { contents: await readStoreContents(alone.store, encoderIds), encoderIds };

  const random = seededRandom(seed);
  const done: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const disturbance = DISTURBANCES[i % DISTURBANCES.length] ?? 'nothing';
    const ingest = ingestInto(`round-${String(i + 1)}`);
    const afterMs = random() * SPAN_MS;
    const round = await spreadAndDisturb({ disturbance, ingest, items, afterMs, redisAwayMs, expected });
    onRound?.(round);
    done.push(round);
    if (round.faults.length === 0) await rm(ingest.store, { recursive: true });
  }
  if (done.every(({ faults }) => faults.length === 0)) await rm(workingDirectory, { recursive: true });
  return done;
}
