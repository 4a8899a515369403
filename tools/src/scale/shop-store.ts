import { createHash } from 'node:crypto';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { randomEmbedding, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import type { EmbeddedItem } from '@fashionmatch/domain';
import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';

import { shopListing, shopPhotograph } from '../sample-data/shop.js';
import { DIMENSIONS } from './large-store.js';

const ITEMS_PER_UPSERT = 500;
const FILES_PER_FOLDER = 1000;
const LOG_EVERY = 10_000;
/** Drawing one takes longer than storing an item: so many are drawn, and each is the picture of many files. */
const DRAWN = 200;
const WIDTH = 480;

/** The photographs of a shop, drawn before any store is opened: the decoder that comes with one forbids drawing. */
export async function drawShop(): Promise<Buffer[]> {
  const drawn: Buffer[] = [];
  for (let place = 0; place < DRAWN; place++) drawn.push(await shopPhotograph(place, WIDTH));
  return drawn;
}

/**
 * A store of so many listings with photographs and random vectors, and a `config.yaml` that names it; what is there
 * already is kept. No two photographs are the same file, which is what a server keeps them by.
 */
export async function fillShopStore(directory: string, items: number, drawn: readonly Buffer[]): Promise<void> {
  const config = {
    models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
    database: { persist_directory: join(directory, 'chromadb'), batch_size: ITEMS_PER_UPSERT },
    scraper: { references_dir: join(directory, 'references'), output_dir: join(directory, 'scraped') },
  };
  if (await isThere(join(directory, 'filled'))) return;
  await mkdir(directory, { recursive: true });
  // JSON is YAML.
  await writeFile(join(directory, 'config.yaml'), JSON.stringify(config, undefined, 2));
  await using pipeline = await EmbeddingPipeline.create({ config: parseConfig(config) });
  for (let from = 0; from < items; from += ITEMS_PER_UPSERT) {
    const batch: EmbeddedItem[] = [];
    for (let place = from; place < Math.min(items, from + ITEMS_PER_UPSERT); place++) {
      batch.push(await embedded(directory, place, drawn[place % drawn.length] ?? Buffer.alloc(0)));
    }
    await pipeline.vectorStore.upsert(batch);
    if (from % LOG_EVERY === 0) process.stderr.write(`${String(from)} of ${String(items)} items stored\n`);
  }
  await writeFile(join(directory, 'filled'), '');
}

async function embedded(directory: string, place: number, drawn: Buffer): Promise<EmbeddedItem> {
  const folder = join(directory, 'scraped', String(Math.floor(place / FILES_PER_FOLDER)));
  await mkdir(folder, { recursive: true });
  const filePath = join(folder, `${String(place)}.jpg`);
  // What follows the end of a JPEG is no part of its picture.
  const photograph = Buffer.concat([drawn, Buffer.from(String(place))]);
  await writeFile(filePath, photograph);
  const { size: fileSize, mtimeMs: fileMtimeMs } = await stat(filePath);
  const contentSha256 = createHash('sha256').update(photograph).digest('hex');
  const { itemId, ...listing } = shopListing(place);
  const sample = sampleItem(itemId, { clip: 1, dino: 1 }, {
    item: { ...listing, currency: 'EUR', url: `https://www.example.com/items/${itemId}`, localImagePath: filePath },
    provenance: { source: 'scraped', filePath, fileSize, fileMtimeMs, contentSha256 },
  }); // prettier-ignore
  return { ...sample, embeddings: randomEmbedding(DIMENSIONS, seededRandom(place)) };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
