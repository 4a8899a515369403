import { access } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { parseMetadataFilter, type EmbeddedItem } from '@fashionmatch/domain';
import { randomEmbedding, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, openSimilaritySearch, parseConfig, type AppConfig } from '@fashionmatch/pipeline';

import { medianOf } from './scale/median.js';

/**
 * How long a search takes with filters of each kind, over one without, in a store of made-up listings; when it is first
 * put, and later:
 * `node tools/dist/measure-filters.js FOLDER [FILTER …] [--items 100000] [--runs 5]`. The folder is used again by the next call.
 */

const DIMENSIONS = { clip: 512, dino: 384 };
const ITEMS_PER_UPSERT = 500;
const BRANDS = 400;
const SELLERS = 20_000;
const FABRICS = [
  'silk',
  'wool',
  'linen',
  'denim',
  'cotton',
  'leather',
  'velvet',
  'jersey',
  'tweed',
  'lace',
  'felt',
  'mesh',
];

/** Each filter is measured in so many searches that know nothing of the store at first. */
const OPENINGS = 3;

const FILTERS = [
  'price<20',
  'brand=="Brand 7"',
  'brand="brand 7"',
  'brand~"brand 1" and price<20',
  'seller=SELLER-77',
  'title~"no. 4242"',
  'title~silk',
  'title="wool coat no 424242"',
  'scraped_at=2024-01-15',
  'scraped_at>=2024-02',
  'brand=nobody',
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { items: { type: 'string', default: '100000' }, runs: { type: 'string', default: '5' } },
});
const [folder, ...chosen] = positionals;
if (folder === undefined) {
  process.stderr.write('Say where: node tools/dist/measure-filters.js FOLDER [FILTER …] [--items 100000] [--runs 5]\n');
  process.exitCode = 2;
} else {
  await measureFilters(resolve(folder, values.items), Number(values.items), Number(values.runs));
}

async function measureFilters(directory: string, items: number, runs: number): Promise<void> {
  const config = parseConfig({
    models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
    database: { persist_directory: join(directory, 'chromadb'), batch_size: ITEMS_PER_UPSERT },
  });
  const isFilled = await access(join(directory, 'chromadb')).then(
    () => true,
    () => false,
  );
  if (!isFilled) await fill(config, items);
  say(`${cpus()[0]?.model ?? ''}, ${String(availableParallelism())} cores, Node.js ${process.version}`);
  say(`${String(items)} listings, load ${loadavg()[0]?.toFixed(1) ?? '?'}`);
  say('the first time and the others, medians, over a search without a filter');
  for (const where of chosen.length > 0 ? chosen : FILTERS) await measureFilter(config, where, runs);
}

interface Times {
  readonly plain: number[];
  readonly first: number[];
  readonly others: number[];
}

async function measureFilter(config: AppConfig, where: string, runs: number): Promise<void> {
  const times: Times = { plain: [], first: [], others: [] };
  for (let opening = 0; opening < OPENINGS; opening++) await measureOpening(config, where, runs, times);
  const plain = medianOf(times.plain);
  const told = (milliseconds: number): string =>
    `${milliseconds.toFixed(0)} ms`.padStart(10) + (milliseconds / plain).toFixed(1).padStart(6);
  say(`${where.padEnd(32)}${told(medianOf(times.first))}${told(medianOf(times.others))}`);
}

async function measureOpening(config: AppConfig, where: string, runs: number, times: Times): Promise<void> {
  await using opened = await openSimilaritySearch({ config });
  const random = seededRandom(7 + times.first.length);
  const search = async (where: string | undefined): Promise<number> => {
    const filter = where === undefined ? undefined : parseMetadataFilter(where);
    const startedAt = performance.now();
    const hits = await opened.search.byEmbedding(randomEmbedding(DIMENSIONS, random), { filter });
    if (hits.length === 0 && filter !== undefined) await opened.search.hints(filter);
    return performance.now() - startedAt;
  };
  await search(undefined);
  times.plain.push(await search(undefined));
  times.first.push(await search(where));
  for (let run = 0; run < runs; run++) {
    times.plain.push(await search(undefined));
    times.others.push(await search(where));
  }
}

async function fill(config: AppConfig, items: number): Promise<void> {
  await using pipeline = await EmbeddingPipeline.create({ config });
  for (let from = 0; from < items; from += ITEMS_PER_UPSERT) {
    const length = Math.min(ITEMS_PER_UPSERT, items - from);
    await pipeline.vectorStore.upsert(Array.from({ length }, (_, i) => listing(from + i)));
    if (from % 10_000 === 0) process.stderr.write(`${String(from)} of ${String(items)} items stored\n`);
  }
}

/** Few brands in three spellings, the first ones of many items; many sellers; no two titles or times the same. */
function listing(place: number): EmbeddedItem {
  const random = seededRandom(place);
  const brand = `Brand ${String(Math.floor(BRANDS * random() ** 2))}`;
  const sample = sampleItem(`item-${String(place)}`, { clip: 1, dino: 1 }, {
    item: {
      title: `${FABRICS[place % FABRICS.length] ?? ''} coat no. ${String(place)}`,
      price: Math.floor(random() * 200) / 2,
      brand: [brand, brand.toUpperCase(), brand.toLowerCase()][Math.floor(random() * 3)] ?? '',
      sellerId: `seller-${String(Math.floor(random() * SELLERS))}`,
      scrapedAt: new Date(Date.UTC(2024, 0, 1) + place * 60_000).toISOString(),
    },
    provenance: { contentSha256: place.toString(16).padStart(64, '0') },
  }); // prettier-ignore
  return { ...sample, embeddings: randomEmbedding(DIMENSIONS, random) };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
