import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { EmbeddedItem, ItemSource, SourceItem } from '@fashionmatch/domain';
import { randomEmbedding, seededRandom } from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, parseConfig, type ConfigInput } from '@fashionmatch/pipeline';
import { referenceFolder } from '@fashionmatch/storage';

const FILES_PER_FOLDER = 1000;
const ITEMS_PER_UPSERT = 500;
const MAX_FILE_BYTES = 1000;
const LOG_EVERY = 10_000;

/** The built-in encoders' places are taken by random vectors of their dimensions. */
export const DIMENSIONS = { clip: 512, dino: 384 };

function configOf(directory: string): ConfigInput {
  return {
    models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
    database: { persist_directory: join(directory, 'chromadb'), batch_size: ITEMS_PER_UPSERT },
    scraper: { references_dir: join(directory, 'photographs'), output_dir: join(directory, 'scraped') },
  };
}

/**
 * Writes the folder `photographs` that an embedding run lists, and a `config.yaml` that names it and the store beside
 * it. The files are no images: nothing opens the file of an unchanged item. What is there already is kept.
 */
export async function writePhotographs(directory: string, items: number): Promise<void> {
  await mkdir(join(directory, 'photographs'), { recursive: true });
  // JSON is YAML.
  await writeFile(join(directory, 'config.yaml'), JSON.stringify(configOf(directory), undefined, 2));
  for (let i = 0; i < items; i++) {
    await writeFileOnce(join(directory, 'photographs', nameOf(i)), `photograph ${String(i)}\n`);
  }
}

export function photographsOf(directory: string): ItemSource {
  return referenceFolder({
    directory: join(directory, 'photographs'),
    maxFileBytes: MAX_FILE_BYTES,
  });
}

/** Stores every photograph that is not stored yet, with random vectors: all of them are current then. */
export async function fillStore(directory: string, items: number): Promise<void> {
  await using pipeline = await EmbeddingPipeline.create({ config: parseConfig(configOf(directory)) });
  let stored = 0;
  let batch: EmbeddedItem[] = [];
  const store = async (): Promise<void> => {
    const present = await pipeline.vectorStore.filterStored(batch.map(({ item }) => item.itemId));
    await pipeline.vectorStore.upsert(batch.filter(({ item }) => !present.has(item.itemId)));
    stored += batch.length;
    batch = [];
    if (stored % LOG_EVERY === 0) process.stderr.write(`${String(stored)} of ${String(items)} items stored\n`);
  };
  for await (const entry of photographsOf(directory).list()) {
    if (entry.kind === 'item') batch.push(await itemOf(entry, stored + batch.length));
    if (batch.length === ITEMS_PER_UPSERT) await store();
  }
  await store();
}

async function itemOf({ source, itemId, metadata, file }: SourceItem, place: number): Promise<EmbeddedItem> {
  const contentSha256 = createHash('sha256')
    .update(await readFile(file.path))
    .digest('hex');
  return {
    item: { itemId, ...metadata },
    provenance: { source, filePath: file.path, fileSize: file.size, fileMtimeMs: file.mtimeMs, contentSha256 },
    embeddings: randomEmbedding(DIMENSIONS, seededRandom(place)),
  };
}

function nameOf(place: number): string {
  const folder = String(Math.floor(place / FILES_PER_FOLDER)).padStart(4, '0');
  return join(folder, `${String(place).padStart(7, '0')}.jpg`);
}

async function writeFileOnce(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}
