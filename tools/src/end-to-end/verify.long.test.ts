import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { writeDistinctImages } from '../robustness/distinct-images.js';
import { summaryOf } from '../robustness/embed-outcome.js';
import { endOf, fashionmatchOn, type Ingest } from '../robustness/kills/killed-run.js';
import type { Outcome } from './running/fashionmatch-process.js';
import { deleteHalves, readRawCollections } from './running/raw-collections.js';

const ITEMS = 9;

let ingest: Ingest;

/** A store of nine items, each of which is whole. */
beforeEach(async () => {
  const workingDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-verify-'));
  const images = await writeDistinctImages(join(workingDirectory, 'images'), ITEMS);
  ingest = { store: join(workingDirectory, 'store'), images, workingDirectory };
  expect(await run('embed')).toMatchObject({ exitCode: 0 });
});

afterEach(async () => {
  await rm(ingest.workingDirectory, { recursive: true });
});

const run = (...args: string[]): Promise<Outcome> => endOf(fashionmatchOn(ingest, args));

const idsInClip = async (): Promise<string[]> => (await readRawCollections(ingest.store, 'fashion_items')).clip.ids;

test('a store that is whole is said to be, with exit 0, also where the files are gone', async () => {
  await rm(ingest.images.referencesDirectory, { recursive: true });
  const { exitCode, stdout } = await run('verify');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('9 items, each in both collections, whole and the same.');
  expect(stdout).toContain('The image file of 5 items is gone; the vectors stay: ');
});

test('halves are drift, exit 4, until they are mended from the journal', async () => {
  const ids = await idsInClip();
  await deleteHalves(ingest.store, 'fashion_items_dino', ids.slice(0, 4));
  const found = await run('verify');
  expect(found.exitCode).toBe(4);
  expect(found.stdout).toContain('4 in one collection only: ');
  expect(found.stdout).toContain('4 of 9 items are at fault.\nRun `fashionmatch verify --repair` to mend it.');

  const repair = await run('verify', '--repair');
  expect(repair.exitCode).toBe(0);
  expect(repair.stdout).toContain('Mended 4 items; 0 of them had to be encoded again.');
  expect(repair.stdout).toContain('9 items, each in both collections');
  expect(summaryOf(await run('embed', '--json'))).toMatchObject({ processed: 0, skipped: ITEMS });
});

test('without a journal, images are encoded again, and what has no image is removed', async () => {
  const ids = await loseHalvesAndJournal();
  const { exitCode, stdout } = await run('verify', '--repair', '--yes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Mended 8 items; 8 of them had to be encoded again.');
  expect(stdout).toContain('Removed 1 item:\n  vinted_1: the file does not exist\n');
  expect(await idsInClip()).toEqual(ids.filter((id) => id !== 'vinted_1'));
});

test('nothing is removed unless that is confirmed; drift remains', async () => {
  const ids = await loseHalvesAndJournal();
  const { exitCode, stderr } = await run('verify', '--repair', '--no-input');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('vinted_1');
  expect(await idsInClip()).toEqual(ids);
  expect((await run('verify')).exitCode).toBe(4);
});

test('--force keeps the vectors for the next run; with --purge-journal they are forgotten', async () => {
  const journaledVectors = async (): Promise<number> => {
    const status: { journal: { vectors: number } } = JSON.parse((await run('status', '--json')).stdout);
    return status.journal.vectors;
  };
  const vectorsAfter = async (...args: string[]): Promise<number> => {
    expect(await run('embed', '--limit', '1', '--yes', ...args)).toMatchObject({ exitCode: 0 });
    return journaledVectors();
  };
  expect(await vectorsAfter('--force')).toBe(2 * ITEMS);
  expect((await run('embed', '--purge-journal')).exitCode).toBe(2);
  await writeFile(join(ingest.workingDirectory, 'cuda.yaml'), 'models: { device: cuda }');
  const purge = ['--force', '--purge-journal', '--yes', '--config', 'cuda.yaml'];
  expect((await run('embed', ...purge)).exitCode).toBe(7);
  expect(await journaledVectors()).toBe(2 * ITEMS);
  expect(await vectorsAfter('--force', '--purge-journal')).toBe(2);
});

/** Nothing but the images has the vectors of one collection any more, and one image is gone. */
async function loseHalvesAndJournal(): Promise<string[]> {
  const ids = await idsInClip();
  const [batch = ''] = await readdir(ingest.images.scrapedDirectory);
  await rm(join(ingest.images.scrapedDirectory, batch, 'images', '1.jpg'));
  await rm(join(ingest.store, 'journal'), { recursive: true });
  await deleteHalves(ingest.store, 'fashion_items_dino', ids);
  return ids;
}
