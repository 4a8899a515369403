import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { EmbeddingSpace } from '@fashionmatch/domain';
import { randomUnitVector, seededRandom } from '@fashionmatch/domain/testing';

import { asOtherProgram, type RawClient } from '../../end-to-end/running/raw-collections.js';

/** Something that happens to a store, and must neither go unnoticed nor cost an encoding. */
export interface Corruption {
  readonly name: string;
  /** Does it to the store in this folder, which nobody has open, and whose indexes are on the disk. */
  readonly apply: (store: string, seed: number) => Promise<unknown>;
  /** False on a machine that lacks what it takes. */
  readonly isPossible?: () => Promise<boolean>;
}

const NAMES = { clip: 'fashion_items_clip', dino: 'fashion_items_dino' };

/** How many items a client harms. */
const HARMED = 10;

export const CORRUPTIONS: readonly Corruption[] = [
  { name: 'an index directory deleted', apply: (store) => deleteIndexes(store, ['clip']) },
  { name: 'both index directories deleted', apply: (store) => deleteIndexes(store, ['clip', 'dino']) },
  { name: 'the vectors of an index cut in half', apply: (store) => cut(store, 'clip', 'data_level0.bin') },
  { name: 'the lengths of an index cut in half', apply: (store) => cut(store, 'dino', 'length.bin') },
  { name: 'the header of an index cut in half', apply: (store) => cut(store, 'dino', 'header.bin') },
  { name: 'bits flipped in the vectors of an index', apply: flip('dino', 'data_level0.bin', 64) },
  { name: 'bits flipped in the lengths of an index', apply: flip('clip', 'length.bin', 16) },
  { name: 'bits flipped in the header of an index', apply: flip('clip', 'header.bin', 4) },
  { name: 'the database deleted', apply: (store) => rm(join(store, 'chroma.sqlite3')) },
  { name: 'rows of one collection deleted from the database', apply: deleteRows, isPossible: hasPython },
  { name: 'a collection deleted', apply: (store) => asOtherProgram(store, deleteCollection) },
  { name: 'half of some items deleted', apply: (store) => asOtherProgram(store, deleteHalves) },
  { name: 'vectors replaced by others of length 1', apply: (store) => asOtherProgram(store, replaceVectors) },
  { name: 'metadata changed in one collection', apply: (store) => asOtherProgram(store, changeMetadata) },
];

async function deleteIndexes(store: string, spaces: readonly EmbeddingSpace[]): Promise<void> {
  const folders = await indexFolders(store);
  for (const space of spaces) await rm(folders[space], { recursive: true });
}

async function cut(store: string, space: EmbeddingSpace, file: string): Promise<void> {
  const path = join((await indexFolders(store))[space], file);
  await truncate(path, Math.floor((await stat(path)).size / 2));
}

function flip(space: EmbeddingSpace, file: string, bits: number): Corruption['apply'] {
  return async (store, seed) => {
    const path = join((await indexFolders(store))[space], file);
    const bytes = await readFile(path);
    const random = seededRandom(seed);
    for (let i = 0; i < bits; i++) {
      const place = Math.floor(random() * bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    await writeFile(path, bytes);
  };
}

/** Chroma names the folders by numbers of its own; that of the longer vectors is the larger one. */
async function indexFolders(store: string): Promise<Record<EmbeddingSpace, string>> {
  const found: { folder: string; bytes: number }[] = [];
  for (const entry of await readdir(store, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(store, entry.name);
    const vectors = await stat(join(folder, 'data_level0.bin')).catch(() => undefined);
    if (vectors !== undefined) found.push({ folder, bytes: vectors.size });
  }
  const [clip, dino, ...others] = found.sort((a, b) => b.bytes - a.bytes);
  if (!clip || !dino || others.length > 0)
    throw new Error(`${store} has not two indexes, but ${String(found.length)}.`);
  return { clip: clip.folder, dino: dino.folder };
}

async function deleteCollection(client: RawClient): Promise<void> {
  await client.deleteCollection({ name: NAMES.dino });
}

async function deleteHalves(client: RawClient): Promise<void> {
  const collection = await client.getCollection({ name: NAMES.clip });
  const { ids } = await collection.get({ limit: HARMED, include: [] });
  await collection.delete({ ids });
}

async function replaceVectors(client: RawClient): Promise<void> {
  const collection = await client.getCollection({ name: NAMES.clip });
  const { ids, embeddings } = await collection.get({ limit: HARMED, include: ['embeddings'] });
  const random = seededRandom(1);
  const others = embeddings.map((vector) => [...randomUnitVector(vector.length, random)]);
  await collection.update({ ids, embeddings: others });
}

async function changeMetadata(client: RawClient): Promise<void> {
  const collection = await client.getCollection({ name: NAMES.dino });
  const { ids } = await collection.get({ limit: HARMED, include: [] });
  await collection.update({ ids, metadatas: ids.map(() => ({ title: 'Something else', price: 1_000_000 })) });
}

/** Node.js 20 has no SQLite of its own. */
const DELETE_ROWS = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
(segment,) = database.execute(
    "select s.id from segments s join collections c on c.id = s.collection "
    "where s.scope = 'METADATA' and c.name = ?", (sys.argv[2],)).fetchone()
rows = [row for (row,) in database.execute("select id from embeddings where segment_id = ? limit ?", (segment, int(sys.argv[3])))]
for row in rows:
    database.execute("delete from embedding_metadata where id = ?", (row,))
    database.execute("delete from embeddings where id = ?", (row,))
database.commit()
`;

async function deleteRows(store: string): Promise<void> {
  await python('-c', DELETE_ROWS, join(store, 'chroma.sqlite3'), NAMES.clip, String(HARMED));
}

async function hasPython(): Promise<boolean> {
  return python('-c', 'import sqlite3').then(
    () => true,
    () => false,
  );
}

async function python(...args: string[]): Promise<void> {
  await promisify(execFile)('python3', args);
}
