import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { requireNotCutShort, stageStore } from './staged-store.js';

const logger = new RecordingLogger();
let folder: string;
let directory: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-staged-'));
  directory = join(folder, 'store');
  await mkdir(join(directory, 'index'), { recursive: true });
  await writeFile(join(directory, 'chroma.sqlite3'), 'rows');
  await writeFile(join(directory, 'index', 'header.bin'), 'index');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const files = async (name: string): Promise<string[]> =>
  (await readdir(join(folder, name), { recursive: true })).sort();

const ORIGINAL = ['chroma.sqlite3', 'index', 'index/header.bin'];

test('the copy takes the place of the original, which is kept as it was', async () => {
  await using staged = await stageStore(directory, logger);
  await writeFile(join(staged.directory, 'chroma.sqlite3'), 'changed rows');
  expect(await staged.swap()).toBe(`${directory}.original`);
  expect(await files('store.original')).toEqual(ORIGINAL);
  expect(await readFile(join(directory, 'chroma.sqlite3'), 'utf8')).toBe('changed rows');
  expect(await files('.')).not.toContain('store.adopting');
});

test('the journal of other collections in the folder is there, too', async () => {
  await mkdir(join(directory, 'journal'));
  await writeFile(join(directory, 'journal', 'data.mdb'), 'vectors');
  await using staged = await stageStore(directory, logger);
  await staged.swap();
  expect(await readFile(join(directory, 'journal', 'data.mdb'), 'utf8')).toBe('vectors');
  expect(await files('store.original')).toEqual([...ORIGINAL, 'journal', 'journal/data.mdb']);
});

test('nobody gets at the original meanwhile, and an original that is kept already stays', async () => {
  await mkdir(`${directory}.original`);
  {
    await using staged = await stageStore(directory, logger);
    await expect(stageStore(directory, logger)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    expect(await staged.swap()).toBe(`${directory}.original-2`);
  }
  expect(await files('store')).toEqual(ORIGINAL);
  expect(await files('store.original-2')).toEqual(ORIGINAL);
});

test('work on a copy is gone on with, unless the original has changed since', async () => {
  const note = async (): Promise<string> => {
    await using staged = await stageStore(directory, logger);
    const path = join(staged.directory, 'work');
    const found = await readFile(path, 'utf8').catch(() => 'none');
    await writeFile(path, 'done');
    return found;
  };
  expect(await note()).toBe('none');
  expect(await note()).toBe('done');
  await writeFile(join(directory, 'chroma.sqlite3'), 'more rows');
  expect(await note()).toBe('none');
  expect(await files('store')).toEqual(ORIGINAL);
});

test('what is discarded leaves nothing', async () => {
  await using staged = await stageStore(directory, logger);
  await staged.discard();
  expect(await readdir(folder)).toEqual(['store']);
});

test('a swap that was cut short between its two steps is ended, and no new store made in its place before', async () => {
  {
    await using staged = await stageStore(directory, logger);
    await rename(
      join(staged.directory, 'fashionmatch-original.json'),
      join(staged.directory, 'fashionmatch-ready.json'),
    );
  }
  await requireNotCutShort(directory);
  await rename(directory, `${directory}.original`);
  await expect(requireNotCutShort(directory)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  await using staged = await stageStore(directory, logger);
  expect((await files('store')).filter((name) => !name.startsWith('fashionmatch'))).toEqual(ORIGINAL);
  await staged.discard();
});

test('where there is no store there is nothing to copy', async () => {
  await rm(join(directory, 'chroma.sqlite3'));
  await expect(stageStore(directory, logger)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});
