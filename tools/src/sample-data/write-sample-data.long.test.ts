import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { writeSampleData, type SampleData } from './write-sample-data.js';

let directory: string;
let data: SampleData;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sample-data-'));
  data = await writeSampleData(directory);
});
afterAll(() => rm(directory, { recursive: true }));

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Relative path, SHA-256 and time of modification of each file. */
async function fingerprints(folder: string): Promise<string[]> {
  return Promise.all(
    (await files(folder)).map(async (path) => {
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return `${path.slice(folder.length)} ${sha256} ${(await stat(path)).mtime.toISOString()}`;
    }),
  );
}

/** The pixels, as the pipeline's decoder asks for them. */
async function decode(path: string) {
  return sharp(await readFile(path), { failOn: 'truncated' })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

describe('the sample data', () => {
  test('is the same when it is drawn again elsewhere', async () => {
    const other = await mkdtemp(join(tmpdir(), 'sample-data-again-'));
    try {
      await writeSampleData(other);
      expect(await fingerprints(other)).toEqual(await fingerprints(directory));
    } finally {
      await rm(other, { recursive: true });
    }
  });

  test('is left alone where it is there already, and mended where it is not', async () => {
    const [first = '', second = ''] = await files(data.referencesDirectory);
    const touched = new Date('2026-03-01T12:00:00Z');
    await utimes(first, touched, touched);
    const before = await fingerprints(directory);
    await writeFile(second, 'edited');

    const again = await writeSampleData(directory);
    expect(again).toEqual({ ...data, written: 1, unchanged: data.written - 1 });
    expect(await fingerprints(directory)).toEqual(before);
  });

  test('has 60 references of ordinary photo size, some in subfolders, all different', async () => {
    const good = (await files(data.referencesDirectory)).filter((path) => !data.broken.includes(path));
    expect(good).toHaveLength(60);
    expect(data.references).toBe(60);
    expect(good.filter((path) => path.includes('/shoes/') || path.includes('/accessories/bags/'))).toHaveLength(24);
    expect(good.filter((path) => path.endsWith('.png'))).toHaveLength(15);
    const hashes = new Set<string>();
    for (const path of good) {
      const { data: pixels, info } = await decode(path);
      expect(Math.min(info.width, info.height)).toBeGreaterThanOrEqual(900);
      expect(info.channels).toBe(3);
      hashes.add(createHash('sha256').update(pixels).digest('hex'));
    }
    expect(hashes.size).toBe(60);
  });

  test('has two files that no decoder reads', async () => {
    expect(data.broken).toHaveLength(2);
    for (const path of data.broken) {
      await expect(decode(path)).rejects.toThrow();
    }
  });

  test('has a batch of 20 listings with their images, as a whole and one by one', async () => {
    const [batch = ''] = await readdir(data.scrapedDirectory);
    expect(batch).toMatch(/^batch_\d{8}_\d{6}_\d{6}$/);
    const folder = join(data.scrapedDirectory, batch);
    const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
    const items = await json('items.json');
    expect(items).toHaveLength(20);
    expect(await json('batch.json')).toMatchObject({ batch_id: batch, total_items: 20, items });
    const ids = await readdir(join(folder, 'images'));
    expect(ids).toHaveLength(data.listings);
    for (const id of ids) {
      expect(items).toContainEqual(await json(`items/${id}.json`));
      expect(await json(`items/${id}.json`)).toMatchObject({ item_id: id, local_image_paths: [`images/${id}/0.jpg`] });
      expect((await decode(join(folder, `images/${id}/0.jpg`))).info.channels).toBe(3);
    }
  });
});
