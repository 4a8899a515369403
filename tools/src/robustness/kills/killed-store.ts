import { readdir } from 'node:fs/promises';

import { reasonOf, type PerSpace } from '@fashionmatch/domain';

import type { Outcome } from '../../end-to-end/running/fashionmatch-process.js';
import { chromaServersOn } from '../chroma-servers.js';
import { summaryOf, type EmbedSummary } from '../embed-outcome.js';
import { earlier, type PlannedStore } from './kill-plan.js';
import { embedAndKill, endOf, fashionmatchOn, startEmbed, type Ingest, type Kill } from './killed-run.js';
import { differencesBetween, readStoreContents, type StoreContents } from '../store-contents.js';

/** What a run that nobody kills makes of the same images. */
export interface Expectation {
  readonly items: number;
  readonly contents: StoreContents;
  readonly encoderIds: PerSpace<string>;
  /** A command that takes longer hangs. */
  readonly deadlineMs: number;
}

/** What became of one store. */
export interface KilledStore {
  readonly target: Kill['target'];
  /** Those that came before their run was over. */
  readonly kills: readonly Kill[];
  /** Runs whose server was killed, and that finished with another one. */
  readonly survived: number;
  /** Items that the last run found in place. */
  readonly found: number;
  /** How often a run asked for `fashionmatch verify --repair`. */
  readonly repairs: number;
  readonly seconds: number;
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
}

const DONE = 0;
const STORE_UNREACHABLE = 5;
const MAX_REPAIRS = 2;

/** What only a process at work has in a store's folder. */
const LOCKS = ['fashionmatch.lock', 'fashionmatch-guard.lock', 'fashionmatch-holder.json'];

/**
 * Kills run after run on a new store, lets a last one finish, and compares.
 *
 * @returns also the kills that were left when the work was done.
 */
export async function killUntilDone(
  { target, kills: planned }: PlannedStore,
  ingest: Ingest,
  expected: Expectation,
): Promise<{ killed: KilledStore; left: readonly Kill[] }> {
  const startedAt = performance.now();
  const kills: Kill[] = [];
  let left: readonly Kill[] = [];
  let [survived, promised] = [0, 0];
  let completion: Completion = { found: 0, repairs: 0 };
  const faults: string[] = [];
  try {
    for (const [i, kill] of planned.entries()) {
      const { outcome, killed } = await embedAndKill(ingest, kill, expected.deadlineMs);
      if (!killed) {
        left = earlier(planned.slice(i));
        break;
      }
      kills.push(kill);
      if (target === 'cli') continue;
      const summary = summaryOf(outcome);
      faults.push(...faultsWithoutServer(outcome, summary, expected.items));
      promised = Math.max(promised, (summary?.processed ?? 0) + (summary?.skipped ?? 0));
      if (outcome.exitCode === DONE) survived++;
    }
    completion = await complete(ingest, expected);
    if (completion.found < promised) {
      faults.push(`A run said that ${String(promised)} items are stored; the next found ${String(completion.found)}.`);
    }
    const contents = await readStoreContents(ingest.store, expected.encoderIds);
    faults.push(...differencesBetween(expected.contents, contents), ...(await leftoversOf(ingest.store)));
  } catch (thrown) {
    faults.push(reasonOf(thrown));
  }
  if (faults.length > 0) faults.push(`The store is kept in ${ingest.store}.`);
  const seconds = (performance.now() - startedAt) / 1000;
  return { killed: { target, kills, survived, ...completion, seconds, faults }, left };
}

/** A run whose server was killed must finish with another one, or say that it could not, and how far it came. */
function faultsWithoutServer(outcome: Outcome, summary: EmbedSummary | undefined, items: number): string[] {
  if (summary === undefined) return [`A run whose server was killed gave no summary: ${endingOf(outcome)}`];
  const { status, processed, skipped, errorCode } = summary;
  const finished = outcome.exitCode === DONE && status === 'completed' && processed + skipped === items;
  const toldWhy = outcome.exitCode === STORE_UNREACHABLE && status === 'failed' && errorCode === 'STORE_UNREACHABLE';
  if (finished || toldWhy || asksForRepair(outcome)) return [];
  return [`A run whose server was killed ended as ${String(status)}: ${endingOf(outcome)}`];
}

interface Completion {
  /** Items that the run found stored already. */
  readonly found: number;
  readonly repairs: number;
}

/** Runs until everything is stored, and mends the store when a run says that it needs that. @throws Error */
async function complete(ingest: Ingest, { items, deadlineMs }: Expectation): Promise<Completion> {
  for (let repairs = 0; ; repairs++) {
    const outcome = await endOf(startEmbed(ingest), deadlineMs);
    const summary = summaryOf(outcome);
    if (outcome.exitCode === DONE && summary && summary.processed + summary.skipped === items) {
      return { found: summary.skipped, repairs };
    }
    if (repairs === MAX_REPAIRS || !asksForRepair(outcome)) {
      throw new Error(`The last run did not finish: ${endingOf(outcome)}`);
    }
    const repair = await endOf(fashionmatchOn(ingest, ['verify', '--repair', '--yes']), deadlineMs);
    if (repair.exitCode !== DONE) throw new Error(`The repair did not succeed: ${endingOf(repair)}`);
  }
}

const asksForRepair = ({ stderr }: Outcome): boolean => stderr.includes('fashionmatch verify');

async function leftoversOf(store: string): Promise<string[]> {
  const servers = await chromaServersOn(store);
  const locks = (await readdir(store)).filter((name) => LOCKS.includes(name));
  return [
    ...servers.map((pid) => `The server ${String(pid)} still runs.`),
    ...locks.map((name) => `${name} was left behind.`),
  ];
}

function endingOf({ exitCode, signal, stderr }: Outcome): string {
  return `${signal ?? `exit code ${String(exitCode)}`}, ${reasonOf(stderr.slice(-300)) || 'it said nothing'}`;
}
