import { setTimeout as delay } from 'node:timers/promises';

import { FashionmatchProcess, type Outcome } from '../../end-to-end/running/fashionmatch-process.js';
import { chromaServersOn } from '../chroma-servers.js';
import type { ImageFolders } from '../distinct-images.js';

/** Where a store lies, and what is to be put into it. */
export interface Ingest {
  readonly store: string;
  readonly images: ImageFolders;
  readonly workingDirectory: string;
}

/** Which process is killed, and when. */
export type Kill =
  | {
      readonly target: 'cli';
      /** Since it was started. */
      readonly afterMs: number;
    }
  | {
      readonly target: 'server';
      /** Since it was started. */
      readonly afterMs: number;
      /** Kills the server that takes its place too, so long after that was started; not when undefined. */
      readonly againAfterMs: number | undefined;
    };

export interface KilledRun {
  readonly outcome: Outcome;
  /** False when the run ended before its time came. */
  readonly killed: boolean;
}

const POLL_MS = 20;

/** Many times what a busy machine needs for one command. */
const PATIENCE_MS = 600_000;

export interface CommandOptions {
  /** Says every ten seconds on standard error how far it is. */
  readonly progress?: boolean;
  /** Settings besides those of the store and the images. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one command on a store, with the built-in encoders. */
export function fashionmatchOn(
  ingest: Ingest,
  args: readonly string[],
  { progress = false, env = {} }: CommandOptions = {},
): FashionmatchProcess {
  const quiet = ['--log-level', 'error', ...(progress ? [] : ['--no-progress'])];
  return new FashionmatchProcess([...args, ...quiet], ingest.workingDirectory, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
    FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: ingest.store,
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: ingest.images.referencesDirectory,
    FASHIONMATCH_SCRAPER__OUTPUT_DIR: ingest.images.scrapedDirectory,
    ...env,
  });
}

export function startEmbed(ingest: Ingest, options?: CommandOptions): FashionmatchProcess {
  return fashionmatchOn(ingest, ['embed', '--json'], options);
}

/**
 * Waits for the end of a run; one that takes longer than the deadline hangs, and is killed.
 *
 * @throws Error when it hangs.
 */
export async function endOf(run: FashionmatchProcess, deadlineMs = PATIENCE_MS): Promise<Outcome> {
  const [outcome] = await untilEnd(run, delay(deadlineMs, undefined, { ref: false }));
  if (outcome) return outcome;
  run.child.kill('SIGKILL');
  throw new Error(`The command did not end within ${String(Math.round(deadlineMs / 1000))} s.`);
}

/** Embeds, and kills with SIGKILL. @throws Error when the run hangs. */
export async function embedAndKill(ingest: Ingest, kill: Kill, deadlineMs: number): Promise<KilledRun> {
  const run = startEmbed(ingest);
  if (kill.target === 'cli') {
    await untilEnd(run, delay(kill.afterMs));
    run.child.kill('SIGKILL');
    const outcome = await run.outcome;
    return { outcome, killed: outcome.signal === 'SIGKILL' };
  }
  const pid = await killNextServer(run, ingest.store, kill.afterMs);
  if (pid !== undefined && kill.againAfterMs !== undefined) {
    await killNextServer(run, ingest.store, kill.againAfterMs, pid);
  }
  const outcome = await endOf(run, deadlineMs);
  return { outcome, killed: pid !== undefined };
}

/** Waits for a server that serves the store; gives undefined when the run ends first. */
export async function nextServer(
  run: FashionmatchProcess,
  store: string,
  before?: number,
): Promise<number | undefined> {
  for (;;) {
    const pid = (await chromaServersOn(store)).find((server) => server !== before);
    if (pid !== undefined) return pid;
    const [ended] = await untilEnd(run, delay(POLL_MS));
    if (ended) return undefined;
  }
}

/**
 * Waits for a server that serves the store, and kills it some time later.
 *
 * @param before a server that does not count.
 * @returns its process number; undefined when the run ended first.
 */
async function killNextServer(
  run: FashionmatchProcess,
  store: string,
  afterMs: number,
  before?: number,
): Promise<number | undefined> {
  const pid = await nextServer(run, store, before);
  if (pid === undefined) return undefined;
  const [ended] = await untilEnd(run, delay(afterMs));
  if (ended) return undefined;
  try {
    process.kill(pid, 'SIGKILL');
    return pid;
  } catch {
    return undefined;
  }
}

/** The run's outcome, in a list that is empty when something else came first. */
function untilEnd(run: FashionmatchProcess, other: Promise<void>): Promise<Outcome[]> {
  return Promise.race([run.outcome.then((outcome) => [outcome]), other.then(() => [])]);
}
