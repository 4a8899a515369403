import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { PerSpace } from '@fashionmatch/domain';
import { seededRandom } from '@fashionmatch/domain/testing';
import { z } from 'zod';

import type { Outcome } from '../../end-to-end/running/fashionmatch-process.js';
import { writeDistinctImages } from '../distinct-images.js';
import { endOf, fashionmatchOn, type Ingest } from '../kills/killed-run.js';
import { differencesBetween, readStoreContents, type StoreContents } from '../store-contents.js';

export interface GenerationKillOptions {
  readonly images: number;
  /** How often a command is killed. */
  readonly rounds: number;
  /** Decides on the moments. */
  readonly seed: number;
  readonly onRound?: (round: KilledGeneration) => void;
}

/** What became of one command that was killed. */
export interface KilledGeneration {
  readonly command: string;
  readonly afterMs: number;
  /** False when it had ended before. */
  readonly killed: boolean;
  /** Which generation served afterwards. */
  readonly serving: string;
  /** One sentence for each thing that must never happen. */
  readonly faults: readonly string[];
}

const MAIN = 'main';
/** The built-in models the other way round are another space. */
const OTHER_MODELS = ['--clip-model', 'builtin/structure', '--dino-model', 'builtin/colour-layout'];

const listSchema = z.looseObject({
  serving: z.string(),
  generations: z.array(z.looseObject({ name: z.string(), items: z.int(), being_dropped: z.boolean() })),
});
const collectionSchema = z.looseObject({ encoder: z.looseObject({ id: z.string() }) });
const statusSchema = z.looseObject({
  generation: z.string(),
  drift: z.boolean(),
  collections: z.looseObject({ clip: collectionSchema, dino: collectionSchema }),
});

/**
 * Kills commands that make, switch and drop generations, at any moment, and looks each time at what serves: it must be
 * the one from before or the new one, whole and in step, and nothing of the main one may ever change.
 */
export async function checkGenerationKills(options: GenerationKillOptions): Promise<KilledGeneration[]> {
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-generation-kills-'));
  const images = await writeDistinctImages(join(workingDirectory, 'images'), options.images);
  const ingest = { store: join(workingDirectory, 'store'), images, workingDirectory };
  await inPeace(ingest, ['embed']);
  const rounds = await new Rounds(ingest, options).all();
  if (rounds.every(({ faults }) => faults.length === 0)) await rm(workingDirectory, { recursive: true });
  return rounds;
}

/** Each is killed once, and then run to its end, so that the next one finds what it takes for granted. */
const COMMANDS = [
  ['embed', '--generation', 'next', ...OTHER_MODELS],
  ['generations', 'use', 'next'],
  ['generations', 'use', MAIN],
  ['generations', 'drop', 'next', '--yes'],
] as const;

/** What the main generation is, whatever becomes of others. */
interface Expected {
  readonly main: StoreContents;
  readonly encoderIds: PerSpace<string>;
}

class Rounds {
  readonly #ingest: Ingest;
  readonly #options: GenerationKillOptions;
  readonly #random: () => number;
  readonly #paces = new Map<string, number>();

  constructor(ingest: Ingest, options: GenerationKillOptions) {
    this.#ingest = ingest;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async all(): Promise<KilledGeneration[]> {
    const { rounds, onRound } = this.#options;
    // Once in peace, to know how long each takes.
    for (const args of COMMANDS) this.#paces.set(args.join(' '), await inPeace(this.#ingest, args));
    const { clip, dino } = (await this.#status('--generation', MAIN)).collections;
    const encoderIds = { clip: clip.encoder.id, dino: dino.encoder.id };
    // Other generations have entries of their own in the journal.
    const contents = await readStoreContents(this.#ingest.store, encoderIds);
    const main = Object.fromEntries(Object.entries(contents).filter(([part]) => part !== 'sizes of the journal'));
    const killed: KilledGeneration[] = [];
    for (let round = 0; round < rounds; round++) {
      const one = await this.#round(COMMANDS[round % COMMANDS.length] ?? COMMANDS[0], { main, encoderIds });
      onRound?.(one);
      killed.push(one);
    }
    return killed;
  }

  async #round(args: readonly string[], { main, encoderIds }: Expected): Promise<KilledGeneration> {
    const command = args.join(' ');
    const before = (await this.#list()).serving;
    const afterMs = this.#random() * (this.#paces.get(command) ?? 0);
    const run = fashionmatchOn(this.#ingest, args);
    await delay(afterMs);
    run.child.kill('SIGKILL');
    const killed = (await run.outcome).signal === 'SIGKILL';
    const faults: string[] = [];
    const { serving } = await this.#look(before, args, faults);
    await inPeace(this.#ingest, args);
    faults.push(...differencesBetween(main, await readStoreContents(this.#ingest.store, encoderIds)));
    return { command, afterMs: Math.round(afterMs), killed, serving, faults };
  }

  /** What serves has to be the old or the new one, and to be whole. */
  async #look(before: string, args: readonly string[], faults: string[]): Promise<{ serving: string }> {
    const { serving, generations } = await this.#list();
    const [first, task, target = ''] = args;
    const isSwitch = first === 'generations' && task === 'use';
    if (serving !== before && !(isSwitch && serving === target)) faults.push(`${serving} serves after ${before}`);
    const items = generations.find(({ name }) => name === serving)?.items;
    if (items !== this.#options.images) faults.push(`${serving} serves with ${String(items)} items`);
    const status = await this.#status();
    if (status.drift || status.generation !== serving) faults.push(`${serving} is out of step`);
    const { exitCode, stderr } = await this.#run(['verify', '--json']);
    if (exitCode !== 0) faults.push(`verify of ${serving} ended with ${String(exitCode)}: ${stderr.slice(-200)}`);
    return { serving };
  }

  async #list(): Promise<z.infer<typeof listSchema>> {
    const { stdout, stderr } = await this.#run(['generations', 'list', '--json']);
    if (stdout === '') throw new Error(stderr);
    return listSchema.parse(JSON.parse(stdout));
  }

  #run(args: readonly string[]): Promise<Outcome> {
    return endOf(fashionmatchOn(this.#ingest, args));
  }

  async #status(...args: string[]): Promise<z.infer<typeof statusSchema>> {
    const { stdout } = await this.#run(['status', '--json', ...args]);
    return statusSchema.parse(JSON.parse(stdout));
  }
}

/** @returns milliseconds. @throws Error when it ends with a fault. */
async function inPeace(ingest: Ingest, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const { exitCode, stderr } = await endOf(fashionmatchOn(ingest, args));
  const isGone = args.includes('drop') && stderr.includes('There is no generation');
  if (exitCode === 0 || isGone) return performance.now() - startedAt;
  throw new Error(`${args.join(' ')} ended with ${String(exitCode)}: ${stderr.slice(-2_000)}`);
}
