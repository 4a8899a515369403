import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleImage } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { checkCorpus, type CorpusCheck } from './corpus/corpus-check.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-small-corpus-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Two good images and two that are none, under names that say little. */
async function check(rows: readonly string[], judgements?: readonly string[]): Promise<CorpusCheck> {
  const { data, width, height } = sampleImage(40, 30, 1);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  await mkdir(join(folder, 'files/some project'), { recursive: true });
  await writeFile(join(folder, 'files/some project/odd.dat'), await image.clone().webp().toBuffer());
  await writeFile(join(folder, 'files/plain.jpg'), await image.clone().png().toBuffer());
  await writeFile(join(folder, 'files/text.png'), 'not an image');
  await writeFile(join(folder, 'files/empty.jpg'), '');
  const table = async (name: string, lines: readonly string[]): Promise<string> => {
    await writeFile(join(folder, name), ['file\twhy\texpected', ...lines].join('\n'));
    return join(folder, name);
  };
  const judged = judgements === undefined ? undefined : await table('judgements.tsv', judgements);
  return checkCorpus(folder, await table('table.tsv', rows), judged);
}

test('a corpus that agrees with its table', async () => {
  const rows = ['some project/odd.dat\t\tstored', 'plain.jpg\t\tstored', 'text.png\t\tfailed', 'empty.jpg\t\teither'];
  expect(await check(rows)).toMatchObject({
    files: 4,
    stored: 2,
    failed: 2,
    agreeing: 3,
    disagreements: [],
    faults: [],
  });
});

test('what disagrees is told with its reason, and so is a file that is not there', async () => {
  const { disagreements, faults } = await check([
    'plain.jpg\tPNG named .jpg\tfailed',
    'text.png\t\tstored',
    'gone.jpg\t\tstored',
  ]);
  expect(disagreements).toEqual([
    'plain.jpg (PNG named .jpg) was stored, and should have failed.',
    'text.png was not stored: Not a JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF image.',
  ]);
  expect(faults).toEqual(['gone.jpg is in the table, and not in the folder.']);
});

test('a judgement takes the place of what the table expects, and is of a file of the table', async () => {
  const rows = ['plain.jpg\t\tfailed', 'text.png\t\tfailed'];
  expect(await check(rows, ['plain.jpg\tread here\tstored'])).toMatchObject({
    agreeing: 2,
    disagreements: [],
    faults: [],
  });
  await expect(check(rows, ['other.jpg\t\tstored'])).rejects.toThrow('other.jpg is judged, and not in the table');
});
