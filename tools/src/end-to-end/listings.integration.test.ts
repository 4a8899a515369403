import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-listings-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

function photo(red: number): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 60, channels: 3, background: { r: red, g: 200, b: 90 } } })
    .jpeg()
    .toBuffer();
}

function run(...args: string[]): Promise<Outcome> {
  return fashionmatch(args, folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
    FASHIONMATCH_SCRAPER__OUTPUT_DIR: 'scraped',
  });
}

const HEADER = 'Nr.;Bezeichnung;VK;Bilder\r\n';

test('sources says how each batch is read, in words and in JSON, and touches nothing', async () => {
  const rows = [7, 8, 9, 10].map((id) => `${String(id)},Coat,"12,50 €",,https://shop.example/${String(id)},B\n`);
  await write('scraped/shop.csv', `id,title,price,image_link,link,shelf\n${rows.join('')}`);
  for (const id of [7, 8, 9, 10]) await write(`scraped/images/${String(id)}.jpg`, await photo(1));
  await write('scraped/own/list.csv', `${HEADER}8;Rock;19,90;a.jpg\r\n9;Hose;5;\r\n`);
  await write('scraped/own/a.jpg', await photo(2));
  await write('scraped/cookies.json', '[{"name":"session"}]');
  await write(
    'config.yaml',
    `sources:\n  listings:\n    - files: 'own/*.csv'\n      columns: { item_id: Nr., title: Bezeichnung, price: VK, local_image_paths: Bilder, brand: Marke }\n      currency: CHF\n`,
  );
  const text = await run('sources', '--config', 'config.yaml');
  expect(text.exitCode).toBe(0);
  expect(text.stdout.replaceAll(/file:\S+|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…').split('\n')).toEqual([
    'References: none',
    '',
    'scraped/shop.csv',
    '  Merchant feed (CSV): 4 items, 0 failed',
    '  item_id           id',
    '  title             title',
    '  price             price',
    '  url               link',
    '  image_urls        image_link',
    '  not read:         shelf',
    ...[7, 8, 9].map((id) => `  - ${String(id)} | Coat | 12.50 EUR | … | images/${String(id)}.jpg`),
    '',
    'scraped/own/list.csv',
    '  sources.listings for own/*.csv (CSV): 1 items, 1 failed',
    '  item_id           Nr.',
    '  title             Bezeichnung',
    '  price             VK',
    '  local_image_paths Bilder',
    '  not there:        Marke',
    '  first failure:    9: the listing has no local image path',
    '  - 8 | Rock | 19.90 CHF | … | a.jpg',
    'Left out: 1 .json (not a batch)',
    '',
  ]);
  const json = await run('sources', '--config', 'config.yaml', '--json');
  expect(json.exitCode).toBe(0);
  expect(JSON.parse(json.stdout)).toEqual({
    schema_version: 1,
    references: null,
    batches: [
      {
        ...{ path: 'scraped/shop.csv', format: 'CSV', mapping: 'Merchant feed', items: 4, failed: 0 },
        columns: { item_id: ['id'], title: ['title'], price: ['price'], url: ['link'], image_urls: ['image_link'] },
        ...{ unmapped: ['shelf'], missing: [], first_failure: null },
        examples: ['7', '8', '9'].map((id) =>
          expect.objectContaining({ item_id: id, price: 12.5, currency: 'EUR', local_image_path: `images/${id}.jpg` }),
        ),
      },
      {
        ...{ path: 'scraped/own/list.csv', mapping: 'sources.listings for own/*.csv', items: 1, failed: 1 },
        ...{ format: 'CSV', columns: expect.any(Object), unmapped: [], missing: ['Marke'] },
        first_failure: '9: the listing has no local image path',
        examples: [expect.objectContaining({ item_id: '8', title: 'Rock', price: 19.9, currency: 'CHF' })],
      },
    ],
    left_out: [expect.objectContaining({ extension: '.json', reason: 'not_a_batch', count: 1 })],
  });
  const none = await run('sources', '--scraped-dir', 'nowhere', '--references-dir', 'nowhere');
  expect(none).toMatchObject({ exitCode: 1, stdout: '' });
  expect(none.stderr).toMatch(/Neither the folder of references nor that of scraped batches can be read/);
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

test('an item whose first image is damaged is stored with its next one', async () => {
  const item = { item_id: '1', title: 'Dress', image_urls: [], url: 'https://shop.example/1' };
  const local_image_paths = ['images/empty.jpg', 'images/cut.jpg', 'images/page.jpg', 'images/good.jpg'];
  await write('scraped/batch_1/batch.json', JSON.stringify({ items: [{ ...item, local_image_paths }] }));
  const good = await photo(90);
  await write('scraped/batch_1/images/empty.jpg', '');
  await write('scraped/batch_1/images/cut.jpg', (await photo(40)).subarray(0, 200));
  await write('scraped/batch_1/images/page.jpg', '<!doctype html><title>gone</title>');
  await write('scraped/batch_1/images/good.jpg', good);
  const embed = () => run('embed', '--mode', 'scraped', '--scraped-dir', 'scraped/batch_1', '--json');
  const first = await embed();
  expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"processed_items":1') });
  expect(first.stderr).toMatch(/Passed over an image of listing 1, .*cut\.jpg/);
  expect(first.stderr).toMatch(/Passed over an image of listing 1, .*page\.jpg/);
  expect(first.stderr).toMatch(/missing or empty.*images\/empty\.jpg/);
  const { clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
  expect(clip.metadatas).toMatchObject([{ local_image_path: 'images/good.jpg' }]);
  expect(JSON.parse((await embed()).stdout)).toMatchObject({ total: { processed_items: 0, skipped_items: 1 } });
});
