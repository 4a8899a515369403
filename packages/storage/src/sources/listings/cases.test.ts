import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { OnLeftOut } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { scrapedBatches } from '../scraped-batches.js';

const CASES = fileURLToPath(new URL('../../../test-data/listings', import.meta.url));
const FILE_TIME = '2026-11-20T08:30:00.000Z';

let folder = '';
let logger = new RecordingLogger();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listing-cases-'));
  logger = new RecordingLogger();
});
afterEach(() => rm(folder, { recursive: true }));

/** A copy of a case, all of its files written at one time. */
async function copyOf(name: string): Promise<string> {
  await cp(join(CASES, name), folder, { recursive: true });
  for (const path of await readdir(folder, { recursive: true }))
    await utimes(join(folder, path), new Date(), new Date(FILE_TIME));
  return folder;
}

/** A line for each item: what users see of it, and where its image was found. */
async function listed(directory: string, onLeftOut?: OnLeftOut): Promise<string[]> {
  const lines: string[] = [];
  const source = scrapedBatches({ directory, workingDirectory: directory, maxFileBytes: 1e6, logger });
  for await (const entry of source.list(onLeftOut)) {
    if (entry.kind === 'fault') lines.push(`${entry.failure.itemId} ${entry.failure.code}`);
    else {
      const { title, price, currency, brand, size, scrapedAt, localImagePath } = entry.metadata;
      const time = scrapedAt === FILE_TIME ? 'file time' : scrapedAt;
      lines.push([entry.itemId, title, `${String(price)} ${currency}`, brand, size, time, localImagePath].join(' | '));
    }
  }
  return lines;
}

const warnings = (): string[] => logger.events.filter(({ level }) => level === 'warn').map(({ message }) => message);
const recognised = (): string[] => logger.events.filter(({ level }) => level === 'info').map(({ message }) => message);

/** Three lines that differ in a number. */
const three = (line: (i: number) => string): string[] => [0, 1, 2].map(line);

const vinted = (photo: string) => (i: number) =>
  `560000000${String(2 - i)} | Veste en jean ${String(2 - i)} | ${String(14.5 - i)} EUR | Zara | M / 38 | file time | ${photo}`;
const own = (i: number): string =>
  `a${String(i)} | T ${String(i)} | 10.5 EUR | Zara |  | 2026-11-30T10:00:00.000Z | images/${String(i)}.jpg`;

describe('what programs write', () => {
  test.each<[string, string, string[]]>([
    [
      'feeds/kaggle',
      'Kaggle fashion (CSV)',
      three(
        (i) =>
          `1597${String(i)} | Turtle Check Men Navy Blue Shirt ${String(i)} | 0  |  |  | file time | images/1597${String(i)}.jpg`,
      ),
    ],
    [
      'feeds/hm',
      'H&M articles (CSV)',
      three((i) => `010877501${String(i)} | Strap top | 0  |  |  | file time | images/010/010877501${String(i)}.jpg`),
    ],
    [
      'feeds/shopify-csv',
      'Shopify table (CSV)',
      three(
        (i) =>
          `denim-jacket-${String(i)} | Denim jacket ${String(i)} | ${String(49.9 + i)}  | Levi |  | file time | images/j${String(i)}.jpg`,
      ),
    ],
    [
      'feeds/shopify-json',
      'Shopify (JSON)',
      three(
        (i) =>
          `700${String(i)} | Denim ${String(i)} | 49.9  | Levi |  | 2026-11-01T09:00:00.000Z | images/j${String(i)}.jpg`,
      ),
    ],
    ['feeds/scrapy-jsonl', 'FashionMatch batch (JSON Lines)', three(own)],
    ['feeds/scrapy-jl-in-json', 'FashionMatch batch (JSON Lines)', three(own)],
    [
      'feeds/scrapy-imagespipeline',
      'Scrapy images (JSON)',
      ['made_f25b48a0790cef7d', 'made_1f0aaa989d5e4df7', 'made_c2509d46e44ee309'].map(
        (id, i) => `${id} | Dress ${String(i)} | 29.9 EUR |  |  | file time | full/${String(i)}.jpg`,
      ),
    ],
    ['feeds/vinted-downloader-a', 'Vinted (JSON)', three(vinted('photo_00.webp'))],
    ['feeds/vinted-downloader-d', 'Vinted (JSON)', three(vinted('photo_00.webp'))],
  ])('%s is %s', async (name, recognisedAs, lines) => {
    expect(await listed(await copyOf(name))).toEqual(lines);
    expect(recognised()).toEqual([expect.stringContaining(`Listings read as ${recognisedAs}: 3`)]);
    expect(warnings()).toEqual([]);
  });

  test.each(['gmc-tsv', 'gmc-xml', 'gmc-json', 'vinted-scraper-raw', 'vinted-scraper-typed'])(
    'feeds/%s has everything but images, which lie beside it when they have been downloaded',
    async (name) => {
      await copyOf(`feeds/${name}`);
      const isMerchant = name.startsWith('gmc');
      const ids = three((i) => (isMerchant ? `SKU${String(i)}` : `560000000${String(i)}`));
      expect(await listed(folder)).toEqual(ids.map((id) => `${id} IMAGE_MISSING`));
      await mkdir(join(folder, 'images'));
      for (const id of ids) await writeFile(join(folder, `images/${id}.jpg`), 'image');
      const price = (i: number): string => String(isMerchant ? (name === 'gmc-json' ? 19.99 : 19.99 + i) : 12.5 + i);
      expect(await listed(folder)).toEqual(
        ids.map(
          (id, i) =>
            `${id} | ${isMerchant ? 'Jacket' : 'Veste en jean'} ${String(i)} | ${price(i)} EUR | Zara | ${isMerchant ? 'M' : 'M / 38'} | file time | images/${id}.jpg`,
        ),
      );
    },
  );

  test.each<[string, Partial<Record<'title' | 'price' | 'time' | 'image', string>>]>([
    ['usd', { price: '10.5 USD' }],
    ['price-object', {}],
    ['price-string', {}],
    ['price-null', { price: '0 EUR' }],
    ['iso-nocolon', {}],
    ['python-iso-space', { time: '2026-11-30T10:00:00.123Z' }],
    ['rfc', {}],
    ['scraped-unix', { time: '2025-11-30T10:53:20.000Z' }],
    ['no-scraped_at', { time: 'file time' }],
    ['no-title', { title: 'id' }],
    ['no-url', {}],
    ['rel-url', {}],
    ['no-image_urls', {}],
    ['single-image_url', {}],
    // All three name one address of an image, and there is a file called so.
    ['no-local', { image: 'images/1.jpg' }],
  ])('near-misses/%s', async (name, { title, price = '10.5 EUR', time = '2026-11-30T10:00:00.000Z', image }) => {
    const lines = three((i) => {
      const shownTitle = title === 'id' ? `a${String(i)}` : `T ${String(i)}`;
      return `a${String(i)} | ${shownTitle} | ${price} | Zara |  | ${time} | ${image ?? `images/${String(i)}.jpg`}`;
    });
    expect(await listed(await copyOf(`near-misses/${name}`))).toEqual(lines);
    expect(warnings()).toEqual(
      name === 'rel-url' ? ['Left out values of url that cannot be read: 3, such as "/items/1"'] : [],
    );
  });

  test('nan-batch: a bare NaN is nothing', async () => {
    expect(await listed(await copyOf('nan-batch'))).toEqual([
      'b1 | Item b1 | 12.5 EUR |  | M | 2026-05-01T10:00:00.000Z | images/b1/0.jpg',
      'b2 | Item b2 | 12.5 EUR | Zara | M | 2026-05-01T10:00:00.000Z | images/b2/0.jpg',
    ]);
  });

  test.each(['as it is', 'empty'])('cut-batch-items-complete, %s, is read from items, and says so', async (how) => {
    await copyOf('cut-batch-items-complete');
    if (how === 'empty') await writeFile(join(folder, 'batch.json'), '');
    expect(await listed(folder)).toEqual([
      'c1 | Item c1 | 12.5 EUR | Zara | M | 2026-05-01T10:00:00.000Z | images/c1/0.jpg',
      'c2 | Item c2 | 12.5 EUR | Zara | M | 2026-05-01T10:00:00.000Z | images/c2/0.jpg',
    ]);
    expect(warnings()).toEqual([
      expect.stringMatching(/^Read items in place of a batch\.json that cannot be used: 1, such as /),
    ]);
  });

  test('folders of all of them, one below the other', async () => {
    await cp(CASES, folder, { recursive: true });
    const lines = await listed(folder);
    expect(lines.filter((line) => line.includes(' | '))).toHaveLength(9 * 3 + 15 * 3 + 2 + 2);
  });
});

const PROGRAMS = z
  .record(
    z.string(),
    z.object({
      images: z.array(z.string()),
      log: z.array(z.string()),
      leftOut: z.array(z.string()),
      items: z.array(z.string()),
    }),
  )
  .parse(JSON.parse(await readFile(join(CASES, '../programs.json'), 'utf8')));

test.each(Object.keys(PROGRAMS))('%s, as a program writes it, has the values that it has', async (name) => {
  await copyOf(`../programs/${name}`);
  for (const image of PROGRAMS[name]?.images ?? []) {
    await mkdir(dirname(join(folder, image)), { recursive: true });
    await writeFile(join(folder, image), 'image');
  }
  const leftOut: string[] = [];
  const items = await listed(folder, ({ path }) => leftOut.push(relative(folder, path)));
  const log = [...recognised(), ...warnings()];
  expect({ log, leftOut: leftOut.sort(), items }).toEqual({ ...PROGRAMS[name], images: undefined });
});

describe('odd fields', () => {
  async function drawn(): Promise<string> {
    await copyOf('odd-fields');
    const text = await readFile(join(folder, 'batch.json'), 'utf8');
    const names = [...text.matchAll(/"https:\/\/images\.example\/(\w+)\/0\.jpg"/g)].map(([, name = '']) => name);
    const { places, unaddressed } = z
      .object({ places: z.record(z.string(), z.string()), unaddressed: z.array(z.string()) })
      .parse(JSON.parse(await readFile(join(CASES, '../odd-fields-images.json'), 'utf8')));
    for (const name of [...names, ...unaddressed]) {
      const path = join(folder, 'images', places[name] ?? `${name}/0.jpg`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'image');
    }
    await writeFile(join(folder, 'images/first_zero/z.jpg'), '');
    return folder;
  }

  test('all but one are whole, and what was left out is told', async () => {
    const lines = await listed(await drawn());
    expect(lines).toHaveLength(60);
    expect(lines.filter((line) => !line.includes(' | '))).toEqual(['renamed IMAGE_MISSING']);
    expect(warnings()).toEqual([
      'Left out values of url that cannot be read: 1, such as "/items/123-zara-dress"',
      'Took dates as day before month: 1, such as "01/05/2026 10:00"',
      'Left out values of price that cannot be read: 1, such as -1',
    ]);
  });

  test('golden values', async () => {
    const byId = new Map(
      (await listed(await drawn())).map((line) => [line.split(' | ')[0], line.split(' | ').slice(1)]),
    );
    const usual = (name: string): string[] => [
      `Item ${name}`,
      '12.5 EUR',
      'Zara',
      'M',
      '2026-05-01T10:00:00.000Z',
      `images/${name}/0.jpg`,
    ];
    const differing: Readonly<Record<string, readonly [index: number, value: string]>> = {
      price_null: [1, '0 EUR'],
      price_missing: [1, '0 EUR'],
      price_neg: [1, '0 EUR'],
      price_free: [1, '0 EUR'],
      price_nanstr: [1, '0 EUR'],
      title_null: [0, 'title_null'],
      title_empty: [0, 'title_empty'],
      title_html: [0, 'Robe &amp; jupe <b>Zara</b>'],
      title_num: [0, '501'],
      brand_number: [2, '501'],
      size_number: [3, '38'],
      size_null: [3, ''],
      scraped_epoch: [4, '2024-05-01T10:00:00.000Z'],
      scraped_epoch_ms: [4, '2024-05-01T10:00:00.000Z'],
      scraped_null: [4, 'file time'],
      scraped_missing: [4, 'file time'],
      scraped_space_us: [4, '2026-05-01T10:00:00.123Z'],
      scraped_py_tz: [4, '2026-05-01T08:00:00.000Z'],
    };
    // Those below are known by the place where their image was found, which the tests of places are about.
    const others = ['4400001', '9007199254740993', '777', ' id_spaces ', 'renamed IMAGE_MISSING'];
    for (const [id = '', values] of byId) {
      if (others.includes(id)) continue;
      const expected = usual(id);
      const change = differing[id];
      if (change !== undefined) expected[change[0]] = change[1];
      expect([id, ...values.slice(0, 5)]).toEqual([id, ...expected.slice(0, 5)]);
    }
    expect(byId.size).toBe(60);
    for (const id of others.slice(0, 4)) expect(byId.get(id)?.slice(1, 5)).toEqual(usual('').slice(1, 5));
  });
});
