import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';

const NAVY = 'navy-striped-t-shirt';

interface DuplicatesDocument {
  readonly items: number;
  readonly groups: {
    readonly kind: string;
    readonly relist: boolean;
    readonly items: { readonly item_id: string; readonly title: string; readonly same_content: boolean }[];
  }[];
}

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-duplicates-'));
  await copySampleData(join(folder, 'data'));
  const references = join(folder, 'data/references');
  const navy = await readFile(join(references, `${NAVY}.png`));
  await writeFile(join(references, 'copy.png'), navy);
  await writeFile(join(references, 'recompressed.jpg'), await sharp(navy).jpeg({ quality: 40 }).toBuffer());
  await writeRelist();
  await fashionmatch(['embed', '--json', '-q'], folder, BUILT_IN);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The first listing once more, with its picture, by somebody else. */
async function writeRelist(): Promise<void> {
  const scraped = join(folder, 'data/scraped');
  const [name = ''] = await readdir(scraped);
  const batch: { items: Record<string, unknown>[] } = JSON.parse(
    await readFile(join(scraped, name, 'batch.json'), 'utf8'),
  );
  const [first = {}] = batch.items;
  const image = join(scraped, name, 'images', String(first['item_id']), '0.jpg');
  const again = join(scraped, 'batch_20260113_093000_123456');
  await mkdir(join(again, 'images/again'), { recursive: true });
  await writeFile(join(again, 'images/again/0.jpg'), await readFile(image));
  const item = { ...first, item_id: 'again', price: 99.5, local_image_paths: ['images/again/0.jpg'] };
  await writeFile(join(again, 'batch.json'), JSON.stringify({ ...batch, items: [item] }));
}

const run = (...args: string[]): Promise<Outcome> => fashionmatch([...args, '--log-level', 'warn'], folder, BUILT_IN);

describe('duplicates', () => {
  test('groups the same pictures, their copies and relists, and no two garments', async () => {
    const { exitCode, stdout, stderr } = await run('duplicates', '--json', '--html', 'copies.html');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { items, groups }: DuplicatesDocument = JSON.parse(stdout);
    expect(items).toBe(83);
    expect(groups).toMatchObject([
      { kind: 'near', relist: false },
      { kind: 'exact', relist: true },
    ]);
    const [near, relist] = groups.map((group) => new Set(group.items.map(({ title }) => title)));
    expect(near).toEqual(new Set([`${NAVY}.png`, 'copy.png', 'recompressed.jpg']));
    expect(relist?.size).toBe(1);
    expect(groups[1]?.items).toContainEqual(expect.objectContaining({ item_id: 'again', same_content: true }));
    const page = await readFile(join(folder, 'copies.html'), 'utf8');
    expect(page.match(/<img class="picture"/g)).toHaveLength(5);
    expect(page).not.toMatch(/src="(?!data:)/);

    const relists = await run('duplicates', '--only', 'relists');
    expect(relists.stdout).toContain('exact, 2 items, relist');
    expect(relists.stdout).not.toContain(NAVY);
  });

  test('search --distinct shows one of them, and how many it stands for', async () => {
    const photograph = `data/references/${NAVY}.png`;
    const { stdout } = await run('search', photograph, '-k', '3', '--distinct', '--json');
    const { hits }: { hits: { item_id: string; copies: number; copy_ids: string[] }[] } = JSON.parse(stdout);
    expect(hits.map(({ copies }) => copies)).toEqual([2, 0, 0]);
    expect(new Set(hits.flatMap(({ item_id, copy_ids }) => [item_id, ...copy_ids])).size).toBe(5);
    const table = await run('search', photograph, '-k', '3', '--distinct');
    expect(table.stdout).toContain('Copies that are not shown: #1 2.\n');
  });
});
