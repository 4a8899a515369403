import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ArchiveDimensions, ArchiveEntry, OpenedItemArchive, ReadableArchive } from '@fashionmatch/domain';

import { unreadableArchive } from './archive-document.js';
import { toArchiveEntry } from './archive-row.js';
import { openNpyArray, type NpyArray } from './npy-array.js';
import { openParquet, type ParquetReader } from './parquet-reader.js';

/** Vectors and metadata of the same images, row by row. */
interface Shard extends AsyncDisposable {
  readonly vectors: NpyArray;
  readonly metadata: ParquetReader;
}

/** Its columns, by the fields that they are read for: the first one that a row has. */
const COLUMNS = {
  item_id: ['item_id', 'key', 'id', 'image_path'],
  title: ['title', 'caption'],
  local_image_path: ['local_image_path', 'image_path'],
  image_url: ['image_url', 'url'],
} as const;

/**
 * A folder that `clip-retrieval inference` wrote (https://github.com/rom1504/clip-retrieval):
 * `img_emb/img_emb_N.npy` beside `metadata/metadata_N.parquet`, of which row i is row i. It has CLIP's vectors alone,
 * and says neither which encoder made them nor what the images contain.
 */
export function clipRetrievalArchive(folder: string): ReadableArchive {
  return { folder, files: [folder], open: () => openFolder(folder) };
}

async function openFolder(folder: string): Promise<OpenedItemArchive> {
  const numbers = await shardNumbers(folder);
  let size = 0;
  for (const number of numbers) {
    await using shard = await openShard(folder, number);
    size += shard.vectors.rows;
  }
  return {
    name: folder,
    encoders: undefined,
    spaces: ['clip'],
    size,
    entries: (dimensions) => entriesOf(folder, numbers, dimensions),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function shardNumbers(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'img_emb')).catch(() => undefined);
  if (names === undefined) throw unreadableArchive(folder, 'there is no such folder, or it has no img_emb');
  const numbers = names.flatMap((name) => /^img_emb_(\d{1,9})\.npy$/.exec(name)?.[1] ?? []);
  if (numbers.length === 0) throw unreadableArchive(folder, 'there is no img_emb_0.npy in its img_emb');
  return numbers.sort((a, b) => Number(a) - Number(b));
}

async function openShard(folder: string, number: string): Promise<Shard> {
  const path = join(folder, 'metadata', `metadata_${number}.parquet`);
  const metadata = await openParquet(path);
  try {
    const vectors = await openNpyArray(join(folder, 'img_emb', `img_emb_${number}.npy`));
    const close = async (): Promise<void> => {
      await vectors[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    };
    const rows = metadata.parts.reduce((sum, part) => sum + part, 0);
    if (rows === vectors.rows) return { vectors, metadata, [Symbol.asyncDispose]: close };
    await close();
    // One row too few or too many would give every item after it the vector of another.
    throw unreadableArchive(path, `it has ${String(rows)} rows for ${String(vectors.rows)} vectors`);
  } catch (error) {
    await metadata[Symbol.asyncDispose]();
    throw error;
  }
}

async function* entriesOf(
  folder: string,
  numbers: readonly string[],
  dimensions: ArchiveDimensions,
): AsyncGenerator<ArchiveEntry> {
  let row = 0;
  for (const number of numbers) {
    await using shard = await openShard(folder, number);
    let start = 0;
    for (const [part, length] of shard.metadata.parts.entries()) {
      const clip = await shard.vectors.read(start, length);
      for (const [i, { fields }] of (await shard.metadata.read(part)).entries()) {
        row++;
        yield toArchiveEntry({ row, fields: renamed(fields), vectors: { clip: clip[i], dino: null } }, dimensions);
      }
      start += length;
    }
  }
}

function renamed(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named: Record<string, unknown> = { ...fields };
  for (const [field, names] of Object.entries(COLUMNS)) named[field] = names.map((name) => fields[name]).find(isGiven);
  return named;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
