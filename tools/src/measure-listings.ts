import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { FashionmatchProcess, type Outcome } from './end-to-end/running/fashionmatch-process.js';
import { inMebibytes } from './robustness/memory/in-mebibytes.js';
import { watchPeakMemory } from './robustness/memory/peak-memory.js';
import { measureCommand, type MeasuredCommand } from './scale/measured-process.js';

/**
 * What the rows of a table cost beside the same listings in JSON: `node tools/dist/measure-listings.js [--rows 100000]
 * [--rounds 5]`. `fashionmatch sources` goes through both in turn, and through a tenth of the table. Fails when the table
 * takes longer than JSON (the least of all rounds: others use the machine as well), or a tenth more memory than its tenth
 * does. Memory is that of runs with a small heap, since a large one keeps garbage for as long as there is room.
 */
const MEMORY_LIMIT = 1.1;
const SMALL_HEAP = '--max-old-space-size=64 --max-semi-space-size=1';

const KINDS = ['csv', 'tenth', 'json'] as const;
type Kind = (typeof KINDS)[number];

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } },
});
const rows = Number(values.rows);
const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-listings-'));
try {
  for (const kind of KINDS) await write(kind);
  const [cpu = { model: 'unknown processor' }] = cpus();
  say(`${cpu.model}, ${String(availableParallelism())} cores, load ${loadavg()[0]?.toFixed(1) ?? '?'}`);
  const seconds: Record<'csv' | 'json', number[]> = { csv: [], json: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const kind of ['csv', 'json'] as const) seconds[kind].push((await measure(kind)).seconds);
  }
  const [csv, json] = [Math.min(...seconds.csv), Math.min(...seconds.json)];
  say(
    `${String(rows)} listings: a table ${csv.toFixed(2)} s, JSON ${json.toFixed(2)} s, ratio ${(csv / json).toFixed(3)}`,
  );
  const [whole, tenth] = [await peakMemory('csv'), await peakMemory('tenth')];
  say(`memory: a table ${inMebibytes(whole)}, its tenth ${inMebibytes(tenth)}, ratio ${(whole / tenth).toFixed(3)}`);
  if (!(csv <= json && whole <= MEMORY_LIMIT * tenth)) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}

function rowsOf(kind: Kind): number {
  return kind === 'tenth' ? rows / 10 : rows;
}

/** One photograph for all: what is measured is the reading of listings. */
async function write(kind: Kind): Promise<void> {
  const folder = join(directory, kind, 'data/scraped');
  await mkdir(join(folder, 'images'), { recursive: true });
  await writeFile(join(directory, kind, 'config.yaml'), 'scraper: { output_dir: data/scraped }\n');
  await writeFile(join(folder, 'images/0.jpg'), 'a photograph');
  const listings = Array.from({ length: rowsOf(kind) }, (_, i) => listing(i));
  if (kind === 'json') await writeFile(join(folder, 'shop.json'), JSON.stringify(listings));
  else {
    const lines = listings.map((one) => Object.values(one).map(quoted).join(','));
    await writeFile(join(folder, 'shop.csv'), `${Object.keys(listing(0)).join(',')}\n${lines.join('\n')}\n`);
  }
}

function listing(i: number): Record<string, string> {
  const number = String(i);
  return {
    id: number,
    title: `Dress ${number}, as "new"`,
    price: `${String(i % 100)}.50 EUR`,
    brand: 'Zara',
    size: 'M',
    description: 'A dress of cotton, worn twice. '.repeat(3),
    url: `https://shop.example/items/${number}`,
    image_url: `https://images.example/${number}/0.jpg`,
    scraped_at: '2026-05-01T10:00:00Z',
    local_image_path: 'images/0.jpg',
  };
}

function quoted(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

async function measure(kind: Kind): Promise<MeasuredCommand> {
  const measured = await measureCommand(join(directory, kind), 'sources');
  checkOutcome(kind, measured.outcome);
  return measured;
}

async function peakMemory(kind: Kind): Promise<number> {
  const run = new FashionmatchProcess(['sources', '--config', 'config.yaml', '--json'], join(directory, kind), {
    NODE_OPTIONS: SMALL_HEAP,
  });
  const peak = watchPeakMemory(run.child.pid ?? 0);
  checkOutcome(kind, await run.outcome);
  return peak() ?? NaN;
}

function checkOutcome(kind: Kind, { stdout, stderr }: Outcome): void {
  const isWhole = stdout.includes(`"items":${String(rowsOf(kind))}`);
  if (!isWhole) throw new Error(`Not all listings were read: ${stdout} ${stderr}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
