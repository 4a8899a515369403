import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, FashionmatchProcess } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';
import { Watched } from './running/watched.js';

const PHOTOGRAPH = 'samples/references/navy-striped-t-shirt.png';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-watch-'));
  await copySampleData(join(folder, 'samples'));
  await mkdir(join(folder, 'photos'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a file that arrives in slow pieces is stored once, when it is complete', async () => {
  const bytes = await readFile(join(folder, PHOTOGRAPH));
  const watched = new Watched(folder);
  await watched.watching();
  const pieces = 8;
  for (let i = 0; i < pieces; i++) {
    const [from, to] = [i, i + 1].map((n) => Math.floor((n * bytes.length) / pieces));
    await appendFile(join(folder, 'photos/slow.png'), bytes.subarray(from, to));
    await delay(400);
  }
  await watched.until(() => watched.lines.length > 0);
  watched.process.child.kill('SIGINT');
  const { exitCode } = await watched.process.outcome;
  expect(exitCode).toBe(130);
  expect(watched.lines).toMatchObject([
    { status: 'completed', total: { processed_items: 1, failed_items: 0 } },
    { status: 'interrupted', total: { processed_items: 1, failed_items: 0 } },
  ]);
  const { clip, dino } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
  expect(clip.ids).toHaveLength(1);
  expect(dino.ids).toEqual(clip.ids);
});

test('what is there comes first, what fails is told once, and SIGTERM ends it with the sums', async () => {
  await copyFile(join(folder, PHOTOGRAPH), join(folder, 'photos/first.png'));
  await delay(1_100);
  const watched = new Watched(folder);
  await watched.until(() => watched.lines.length === 1);
  await writeFile(join(folder, 'photos/broken.jpg'), 'no picture');
  await watched.until(() => watched.lines.length === 2);
  await copyFile(join(folder, 'samples/references/navy-striped-t-shirt.png'), join(folder, 'photos/second.png'));
  await watched.until(() => watched.lines.length === 3);
  watched.process.child.kill('SIGTERM');
  const { exitCode } = await watched.process.outcome;
  expect(exitCode).toBe(143);
  expect(watched.lines.map(({ total, failures }) => [total.processed_items, failures.map(({ code }) => code)])).toEqual(
    [
      [1, []],
      [0, ['IMAGE_INVALID']],
      [1, []],
      [2, []],
    ],
  );
  expect(watched.lines[3]).toMatchObject({ status: 'interrupted', total: { failed_items: 1 } });
});

test('it wakes neither for what is ignored and excluded nor for hidden names', async () => {
  const names = [
    '@eaDir/copy.jpg',
    '.thumbnails/copy.jpg',
    '.hidden.jpg',
    'drafts/new.jpg',
    'new.jpg.part',
    'Thumbs.db',
  ];
  for (const name of names) await mkdir(dirname(join(folder, 'photos', name)), { recursive: true });
  const watched = new Watched(folder, '--exclude', 'drafts');
  await watched.watching();
  for (const name of names) await copyFile(join(folder, PHOTOGRAPH), join(folder, 'photos', name));
  await mkdir(join(folder, 'photos/__MACOSX'));
  await delay(3_000);
  watched.process.child.kill('SIGINT');
  await watched.process.outcome;
  expect(watched.lines).toMatchObject([{ status: 'interrupted', runs: 1 }]);
});

test('folders that are not there are nothing to watch', async () => {
  const watched = new FashionmatchProcess(['watch'], folder, BUILT_IN);
  expect(await watched.outcome).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing to watch') });
});
