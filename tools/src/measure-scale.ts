import { access } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { inMebibytes } from './robustness/memory/in-mebibytes.js';
import { exponentBetween, linearithmicExponent } from './scale/growth.js';
import { writePhotographs } from './scale/large-store.js';
import { measureCommand, measurePart, type MeasuredPart } from './scale/measured-process.js';

/**
 * How time and memory grow with the number of stored items, and how long a large store keeps its user waiting; Chroma's
 * server has memory of its own, which is left out: `node tools/dist/measure-scale.js FOLDER [--items
 * 1000,10000,100000] [--runs 3]`. The first call fills the folder, and times that; later ones use it again. Fails when
 * a limit is passed, or something grows faster than n·log n, or than is known of it.
 */
const MEASUREMENTS = ['ingest', 'discover', 'status', 'plan', 'skip', 'search'] as const;
type Name = (typeof MEASUREMENTS)[number];

const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  ingest: 'storing all of them (random vectors)',
  discover: 'listing their files',
  status: 'fashionmatch status',
  plan: 'fashionmatch embed, until the plan is known',
  skip: 'the same run to its end, all skipped',
  search: 'one search, the server warm',
};

/** For 100,000 items on two cores. */
const LIMITS: Readonly<Partial<Record<Name, { readonly seconds: number; readonly bytes: number }>>> = {
  status: { seconds: 5, bytes: 300_000_000 },
  plan: { seconds: 5, bytes: 300_000_000 },
  skip: { seconds: 5, bytes: 400_000_000 },
};

/**
 * At this size a search may take so many times as long as the two queries to Chroma that it makes. In smaller stores
 * the queries take next to nothing; in larger ones random vectors, whose spaces agree on nothing, need longer lists.
 */
const SEARCH_LIMIT = { items: 10_000, times: 3 };

/**
 * Of random vectors Chroma's index looks at more the more there are, and they outgrow the processor's caches: both
 * happens between 10,000 and 100,000. Such as photographs have do not show it (`measure-index.js`), nor does a run that
 * decodes and encodes as well (`robustness/check-long-run.js`).
 */
const KNOWN_EXPONENTS: Readonly<Partial<Record<Name, number>>> = { ingest: 1.3 };

/** How much an exponent may lie above that of n·log n by chance: a tenth more time at ten times the size. */
const TOLERANCE = Math.log10(1.1);

type Measured = Partial<Record<Name, MeasuredPart>>;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { items: { type: 'string', default: '1000,10000,100000' }, runs: { type: 'string', default: '3' } },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('Say where: node tools/dist/measure-scale.js FOLDER [--items 1000,10000,100000] [--runs 3]\n');
  process.exitCode = 2;
} else {
  await measureScale(resolve(folder), values.items.split(',').map(Number), Number(values.runs));
}

async function measureScale(folder: string, sizes: readonly number[], runs: number): Promise<void> {
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  say(`${cpu}, ${String(availableParallelism())} cores, ${inMebibytes(totalmem())}, Node.js ${process.version}`);
  const bySize = new Map<number, Measured>();
  for (const items of sizes) {
    const measured = await measureSize(join(folder, String(items)), items, runs);
    bySize.set(items, measured);
    say(`\n${String(items)} items, load ${loadavg()[0]?.toFixed(1) ?? '?'}`);
    for (const name of MEASUREMENTS) {
      const part = measured[name];
      if (part === undefined) continue;
      say(`  ${DESCRIPTIONS[name].padEnd(46)}${inSeconds(part.seconds).padStart(10)}  ${inMebibytes(part.peakMemory)}`);
      if (part.rawSeconds !== undefined) reportSearch(items, part.seconds / part.rawSeconds);
      const limit = LIMITS[name];
      if (limit && (part.seconds > limit.seconds || part.peakMemory > limit.bytes)) fail(`${name} passes its limit`);
    }
  }
  reportGrowth(sizes, bySize);
}

/** Of some runs, the median time and the most memory; filling is measured once, where there was nothing. */
async function measureSize(directory: string, items: number, runs: number): Promise<Measured> {
  await writePhotographs(directory, items);
  const isNew = await access(join(directory, 'chromadb')).then(
    () => false,
    () => true,
  );
  const ingest = await measurePart({ name: 'fill', directory, items });
  const taken = new Map<Name, MeasuredPart[]>();
  const add = (name: Name, part: MeasuredPart): void => {
    taken.set(name, [...(taken.get(name) ?? []), part]);
  };
  for (let run = 0; run < runs; run++) {
    add('discover', await measurePart({ name: 'discover', directory, items }));
    add('status', await measureCommand(directory, 'status'));
    const embed = await measureCommand(directory, 'embed', '--mode', 'references');
    if (!embed.outcome.stderr.includes(`skipping ${String(items)} existing`)) {
      throw new Error(`Not all items were skipped: ${embed.outcome.stderr}`);
    }
    add('plan', { seconds: embed.secondsToPlan ?? NaN, peakMemory: embed.peakMemory });
    add('skip', embed);
    add('search', await measurePart({ name: 'search', directory, items }));
  }
  const medians = [...taken].map(([name, parts]): [Name, MeasuredPart] => [name, medianOf(parts)]);
  return { ...(isNew && { ingest }), ...Object.fromEntries(medians) };
}

/** The part of the median time, with the most memory that any of them took. */
function medianOf(parts: readonly MeasuredPart[]): MeasuredPart {
  const inOrder = [...parts].sort((a, b) => a.seconds - b.seconds);
  const median = inOrder[Math.floor(parts.length / 2)] ?? { seconds: NaN };
  return { ...median, peakMemory: Math.max(...parts.map(({ peakMemory }) => peakMemory)) };
}

function reportSearch(items: number, times: number): void {
  say(`  ${'that, over the two queries that it makes'.padEnd(46)}${times.toFixed(2).padStart(10)}`);
  if (items === SEARCH_LIMIT.items && !(times <= SEARCH_LIMIT.times)) fail('search takes too long');
}

/** Between the two largest sizes, where what a command costs at any size weighs least. */
function reportGrowth(sizes: readonly number[], bySize: ReadonlyMap<number, Measured>): void {
  const [from, to] = sizes.slice(-2);
  if (from === undefined || to === undefined) return;
  const linearithmic = linearithmicExponent(from, to);
  const how = `n·log n is ${linearithmic.toFixed(2)}`;
  say(`\nGrowth from ${String(from)} to ${String(to)} items, as the exponent of n (${how}):`);
  for (const name of MEASUREMENTS) {
    const curve = (of: (part: MeasuredPart) => number): Map<number, number> =>
      new Map([...bySize].flatMap(([n, { [name]: part }]) => (part ? [[n, of(part)]] : [])));
    const seconds = curve((part) => part.seconds);
    if (seconds.size < bySize.size) continue;
    const ofTime = exponentBetween(seconds, from, to);
    const ofMemory = exponentBetween(curve((part) => part.peakMemory), from, to); // prettier-ignore
    say(`  ${DESCRIPTIONS[name].padEnd(46)}time ${ofTime.toFixed(2)}, memory ${ofMemory.toFixed(2)}`);
    const limit = KNOWN_EXPONENTS[name] ?? linearithmic;
    if (Math.max(ofTime, ofMemory) > limit + TOLERANCE) fail(`${name} grows too fast`);
  }
}

function fail(reason: string): void {
  say(`  FAILED: ${reason}`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function inSeconds(seconds: number): string {
  return seconds < 0.1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}
