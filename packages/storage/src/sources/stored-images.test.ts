import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { ItemSourceName } from '@fashionmatch/domain';
import { sampleItem } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { storedImages, type StoredImages } from './stored-images.js';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fashionmatch-images-')));
  for (const path of [
    'work/data/references/shirt.png',
    'work/data/scraped/b1/images/7/0.jpg',
    'moved/looks/coat.png',
  ]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function open(roots: readonly string[] = []): Promise<StoredImages> {
  const work = join(folder, 'work');
  return storedImages({
    directories: [join(work, 'data/references'), join(work, 'data/scraped')],
    workingDirectory: work,
    roots: roots.map((root) => join(folder, root)),
    allowOutsidePaths: false,
    maxFileBytes: 1_000,
  });
}

async function placeOf(filePath: string, images: StoredImages, source: ItemSourceName = 'references'): Promise<string> {
  const stored = sampleItem('a', { clip: 2, dino: 2 }, { provenance: { filePath, source } });
  return (await images.find(stored))?.path.slice(folder.length + 1) ?? 'nowhere';
}

test.each([
  ['data/references/shirt.png', 'work/data/references/shirt.png'],
  ['/home/somebody/fashion/data/references/shirt.png', 'work/data/references/shirt.png'],
  ['C:\\fashion\\data\\references\\shirt.png', 'work/data/references/shirt.png'],
  ['/elsewhere/shirt.png', 'work/data/references/shirt.png'],
  ['/etc/passwd', 'nowhere'],
  ['../moved/looks/coat.png', 'nowhere'],
  ['/old/looks/coat.png', 'nowhere'],
  ['', 'nowhere'],
])('the image of a reference look that was %s', async (written, place) => {
  expect(await placeOf(written, await open())).toBe(place);
});

test('what was moved is found below a root', async () => {
  expect(await placeOf('/old/looks/coat.png', await open(['moved']))).toBe('moved/looks/coat.png');
  expect(await placeOf('/old/coat.png', await open(['moved/looks']))).toBe('moved/looks/coat.png');
});

test('the name of a listing’s file alone is not enough: many are called so', async () => {
  const images = await open(['work/data/scraped/b1/images/7']);
  expect(await placeOf('/old/data/scraped/b1/images/7/0.jpg', images, 'scraped')).toBe(
    'work/data/scraped/b1/images/7/0.jpg',
  );
  expect(await placeOf('/old/images/8/0.jpg', images, 'scraped')).toBe('nowhere');
});

test('bytes are read of what was found, and of nothing that leads elsewhere', async () => {
  const images = await open();
  const path = join(folder, 'work/data/references/shirt.png');
  expect(Buffer.from(await images.read(path)).toString()).toBe('work/data/references/shirt.png');
  await symlink(join(folder, 'moved/looks/coat.png'), join(folder, 'work/data/references/link.png'));
  await expect(images.read(join(folder, 'work/data/references/link.png'))).rejects.toMatchObject({
    code: 'PATH_FORBIDDEN',
  });
});

test('a root that is no folder is a mistake', async () => {
  await expect(open(['nowhere'])).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});
