import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { sampleImage } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';

import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';

const TEST_DATA = fileURLToPath(new URL('../../../packages/storage/test-data/', import.meta.url));
const CASES = join(TEST_DATA, 'listings');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-listing-cases-'));
});
afterEach(() => rm(folder, { recursive: true }));

function embed(): Promise<Outcome> {
  return fashionmatch(['embed', '--mode', 'scraped', '--scraped-dir', 'case', '--json'], folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  });
}

async function draw(path: string, seed: number): Promise<void> {
  await mkdir(dirname(join(folder, 'case', path)), { recursive: true });
  const { width, height, data } = sampleImage(60, 80, seed);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  await writeFile(join(folder, 'case', path), await (path.endsWith('w.jpg') ? image.webp() : image.jpeg()).toBuffer());
}

const whole = (items: number) => ({ status: 'completed', total: { total_items: items, failed_items: 0 } });

/** Three listings each, but for the two that are named. */
const ITEMS: Readonly<Record<string, number>> = { 'nan-batch': 2, 'cut-batch-items-complete': 2 };

const foldersIn = async (name: string): Promise<string[]> =>
  (await readdir(join(CASES, name))).map((entry) => `${name}/${entry}`);

/** These name their images by address alone. */
const WITHOUT_FILES = /gmc-|vinted-scraper/;

test.each([...(await foldersIn('feeds')), ...(await foldersIn('near-misses')), ...Object.keys(ITEMS)])(
  '%s is embedded whole',
  async (name) => {
    await cp(join(CASES, name), join(folder, 'case'), { recursive: true });
    if (WITHOUT_FILES.test(name)) {
      const ids = name.includes('gmc') ? ['SKU0', 'SKU1', 'SKU2'] : ['5600000000', '5600000001', '5600000002'];
      for (const [i, id] of ids.entries()) await draw(`images/${id}.jpg`, i);
    }
    const { exitCode, stdout, stderr } = await embed();
    expect([exitCode, stderr.replace(/^.*(info|warn).*$/gim, '').trim()]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject(whole(ITEMS[name] ?? 3));
  },
);

test('odd-fields is embedded but for what has no image, which is named', async () => {
  await cp(join(CASES, 'odd-fields'), join(folder, 'case'), { recursive: true });
  const { places, unaddressed } = z
    .object({ places: z.record(z.string(), z.string()), unaddressed: z.array(z.string()) })
    .parse(JSON.parse(await readFile(join(TEST_DATA, 'odd-fields-images.json'), 'utf8')));
  const text = await readFile(join(folder, 'case/batch.json'), 'utf8');
  const names = [...text.matchAll(/"https:\/\/images\.example\/(\w+)\/0\.jpg"/g)].map(([, name = '']) => name);
  for (const [i, name] of [...names, ...unaddressed].entries())
    await draw(`images/${places[name] ?? `${name}/0.jpg`}`, i);
  await writeFile(join(folder, 'case/images/html_jpg/h.jpg'), '<!doctype html><title>Not found</title>');
  await writeFile(join(folder, 'case/images/first_zero/z.jpg'), '');
  const { exitCode, stdout } = await embed();
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    total: { total_items: 60, processed_items: 58, failed_items: 2 },
    failures: expect.arrayContaining([
      expect.objectContaining({ item_id: 'renamed', code: 'IMAGE_MISSING', path: 'images/renamed/0.jpg' }),
      expect.objectContaining({ item_id: 'html_jpg', code: 'IMAGE_INVALID' }),
    ]),
  });
});
