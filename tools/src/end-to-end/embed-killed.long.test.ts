import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { openLmdbEmbeddingJournal } from '@fashionmatch/storage';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { chromaServersOn } from '../robustness/chroma-servers.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, FashionmatchProcess } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

/** So much is stored, and much is not, when a run is killed. */
const SOME = 20;

let folder = '';
let store = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-embed-killed-'));
  store = join(folder, 'data/chromadb');
  await copySampleData(join(folder, 'data'));
});

afterEach(() => rm(folder, { recursive: true }));

async function serversGone(): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await chromaServersOn(store)).length === 0) return true;
    await delay(100);
  }
  return false;
}

/** How many items the run has stored so far: the journal notes them when both collections have them. */
async function storedSoFar(): Promise<number> {
  await using journal = await openLmdbEmbeddingJournal({
    directory: join(store, 'journal'),
    collectionName: 'fashion_items',
    readOnly: true,
  });
  return (await journal.size()).items;
}

test('killed in the middle leaves no server, and the next run goes on from what was stored', async () => {
  // Many copies in small batches.
  const references = join(folder, 'data/references');
  const photograph = await readFile(join(references, 'navy-striped-t-shirt.png'));
  await mkdir(join(references, 'more'));
  for (let i = 0; i < 300; i++) {
    // Bytes after the end of a PNG make another file of the same picture.
    await writeFile(
      join(references, 'more', `${String(i)}.png`),
      Buffer.concat([photograph, Buffer.from([i, i >> 8])]),
    );
  }
  const killed = new FashionmatchProcess(
    ['embed', '--mode', 'references', '--batch-size', '4', '--log-format', 'json', '--log-level', 'debug'],
    folder,
    BUILT_IN,
  );
  while ((await storedSoFar()) < SOME) await delay(50);
  expect(await chromaServersOn(store)).toHaveLength(1);
  killed.child.kill('SIGKILL');
  expect(await killed.outcome).toMatchObject({ signal: 'SIGKILL' });
  expect(await serversGone()).toBe(true);

  const { exitCode, stdout } = await fashionmatch(['embed', '--mode', 'references', '--json'], folder, BUILT_IN);
  expect(exitCode).toBe(3);
  const { results }: { results: { references: Record<string, number> } } = JSON.parse(stdout);
  expect(results.references).toMatchObject({ total_items: 362, failed_items: 2 });
  expect(results.references['skipped_items']).toBeGreaterThan(0);
  expect(results.references['processed_items']).toBeGreaterThan(0);
  const { clip, dino } = await readRawCollections(store, 'fashion_items');
  expect(clip.ids).toHaveLength(360);
  expect(dino.ids).toEqual(clip.ids);
});
