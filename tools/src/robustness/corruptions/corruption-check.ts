import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { reasonOf, type PerSpace } from '@fashionmatch/domain';

import type { Corruption } from './corruptions.js';
import { writeDistinctImages } from '../distinct-images.js';
import { summaryOf } from '../embed-outcome.js';
import { endOf, fashionmatchOn, startEmbed, type Ingest } from '../kills/killed-run.js';
import { differencesBetween, readStoreContents, type StoreContents } from '../store-contents.js';

/** What became of one corruption. */
export interface CorruptionOutcome {
  /** One sentence for each thing that is not as it must be; none when the corruption was found and healed. */
  readonly faults: readonly string[];
  /** What `verify` said about it. */
  readonly found: string;
  readonly seconds: number;
}

/** Enough that both indexes are on the disk: Chroma writes them every 1,000 records. */
const ITEMS = 1_100;

/** Many times what a busy machine needs for one command. */
const DEADLINE_MS = 300_000;

/** Of a vector's component: a flip of its last bits is no other vector. */
const TOLERANCE = 1e-6;

const [DONE, DRIFT] = [0, 4];

/** A store of real images with copies to corrupt, and the command line to mend them. */
export class CorruptionCheck implements AsyncDisposable {
  readonly #folder: string;
  readonly #ingest: Ingest;
  readonly #encoderIds: PerSpace<string>;
  readonly #expected: StoreContents;

  private constructor(folder: string, ingest: Ingest, encoderIds: PerSpace<string>, expected: StoreContents) {
    this.#folder = folder;
    this.#ingest = ingest;
    this.#encoderIds = encoderIds;
    this.#expected = expected;
  }

  /**
   * Embeds images, and takes them away: nothing can be encoded a second time.
   *
   * @throws Error when not all of them are stored.
   */
  static async open(): Promise<CorruptionCheck> {
    const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-corruptions-'));
    const images = await writeDistinctImages(join(folder, 'images'), ITEMS);
    const ingest = { store: join(folder, 'store'), images, workingDirectory: folder };
    const outcome = await endOf(startEmbed(ingest), DEADLINE_MS);
    const summary = summaryOf(outcome);
    if (summary?.processed !== ITEMS) throw new Error(`Not all images were stored: ${outcome.stderr}`);
    await rm(join(folder, 'images'), { recursive: true });
    const { encoderIds } = summary;
    return new CorruptionCheck(folder, ingest, encoderIds, await readStoreContents(ingest.store, encoderIds));
  }

  /**
   * Corrupts a copy of the store, and looks whether `verify` finds it and `verify --repair` makes it whole again.
   *
   * @param seed of what is up to chance, such as which bits are flipped.
   */
  async run({ apply }: Corruption, seed = 1): Promise<CorruptionOutcome> {
    const startedAt = performance.now();
    const store = await mkdtemp(join(this.#folder, 'copy-'));
    await cp(this.#ingest.store, store, { recursive: true });
    await apply(store, seed);
    const check = await this.#verify(store);
    const repair = await this.#verify(store, '--repair', '--yes');
    const faults = [
      ...(check.exitCode === DRIFT ? [] : [`verify ended with ${check.says}, not with ${String(DRIFT)}.`]),
      ...(repair.exitCode === DONE ? [] : [`verify --repair ended with ${repair.says}, not with ${String(DONE)}.`]),
      ...(repair.encoded === 0 ? [] : [`verify --repair encoded ${String(repair.encoded)} images.`]),
      ...(await this.#differencesOf(store)),
    ];
    if (faults.length === 0) await rm(store, { recursive: true });
    return { faults, found: check.found, seconds: (performance.now() - startedAt) / 1000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, maxRetries: 10 });
  }

  /** A store that looks healed can still bring its server down when another client reads it. */
  async #differencesOf(store: string): Promise<string[]> {
    try {
      const contents = await readStoreContents(store, this.#encoderIds);
      return differencesBetween(this.#expected, withoutRounding(this.#expected, contents));
    } catch (error) {
      return [`The mended store cannot be read: ${reasonOf(error)}`];
    }
  }

  async #verify(store: string, ...options: readonly string[]): Promise<Verification> {
    const run = fashionmatchOn({ ...this.#ingest, store }, ['verify', '--json', ...options]);
    const { exitCode, signal, stdout, stderr } = await endOf(run, DEADLINE_MS);
    const says = `${String(exitCode ?? signal)} (${stderr.slice(-500)})`;
    return { exitCode, says, ...readDocument(stdout) };
  }
}

interface Verification {
  readonly exitCode: number | null;
  /** For people, with what went to standard error. */
  readonly says: string;
  readonly found: string;
  readonly encoded: number | undefined;
}

interface VerificationDocument {
  readonly found: {
    readonly collections: readonly { readonly name: string; readonly state: string }[];
    readonly faults: Readonly<Record<string, number>>;
  };
  readonly repair?: { readonly encoded_items: number };
}

function readDocument(stdout: string): Pick<Verification, 'found' | 'encoded'> {
  if (stdout === '') return { found: 'nothing', encoded: undefined };
  const document: unknown = JSON.parse(stdout);
  if (!isVerification(document)) throw new Error(`This is no verification: ${stdout.slice(0, 200)}`);
  const { found, repair } = document;
  const broken = found.collections
    .filter(({ state }) => state !== 'sound')
    .map(({ name, state }) => `${name} ${state}`);
  const faults = Object.entries(found.faults).map(([kind, count]) => `${kind} ${String(count)}`);
  return { found: [...broken, ...faults].join(', ') || 'nothing', encoded: repair?.encoded_items };
}

function isVerification(document: unknown): document is VerificationDocument {
  return typeof document === 'object' && document !== null && 'found' in document;
}

/** The contents with vectors that are as good as the expected ones in their place: no check can tell them apart. */
function withoutRounding(expected: StoreContents, actual: StoreContents): StoreContents {
  const parts = Object.entries(actual).map(([part, values]): [string, ReadonlyMap<string, string>] => {
    if (!part.startsWith('vectors in ')) return [part, values];
    const settled = [...values].map(([id, bits]): [string, string] => {
      const wanted = expected[part]?.get(id);
      return [id, wanted !== undefined && isClose(wanted, bits) ? wanted : bits];
    });
    return [part, new Map(settled)];
  });
  return Object.fromEntries(parts);
}

function isClose(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer));
  return (
    first?.length === second?.length &&
    first?.every((value, i) => Math.abs(value - (second?.[i] ?? NaN)) < TOLERANCE) === true
  );
}
