import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { seededRandom } from '@fashionmatch/domain/testing';

import { GARMENTS, type GarmentKind } from './garments.js';
import { listingId, makeListing } from './listings.js';
import { photograph, type Look } from './photograph.js';
import { render } from './render.js';
import { nameOf, OTHER_LOOKS, randomSetting, WARDROBE } from './wardrobe.js';

/** What there is to embed, and what this call did about it. */
export interface SampleData {
  readonly referencesDirectory: string;
  readonly scrapedDirectory: string;
  /** Good images below the references. */
  readonly references: number;
  /** Paths of the references that no decoder can read. */
  readonly broken: readonly string[];
  readonly listings: number;
  readonly written: number;
  /** Files that were there already with the same bytes; they keep their time of modification. */
  readonly unchanged: number;
}

interface SampleFile {
  readonly path: string;
  readonly content: () => Promise<Uint8Array | string>;
}

/** The first file's time of modification; each other is a minute younger than the one before. */
const FIRST_MODIFIED_MS = Date.UTC(2026, 0, 5, 8);

/** Rendering takes one thread an image; two keep a small machine busy. */
const FILES_AT_ONCE = 2;

/**
 * Draws a wardrobe of 60 garments into `references`, beside two broken files, and a batch of 20 listings
 * into `scraped`, half of which look like something in the wardrobe. The same bytes, names and times of
 * modification every time.
 */
export async function writeSampleData(directory: string): Promise<SampleData> {
  const referencesDirectory = join(directory, 'references');
  const scrapedDirectory = join(directory, 'scraped');
  const references = WARDROBE.map((look, i) => referenceFile(look, i, referencesDirectory));
  const broken = brokenFiles(referencesDirectory);
  const lookAlikes = WARDROBE.filter((_, i) => i % 6 === Math.floor(i / 6) % 6);
  const listed = [...lookAlikes, ...OTHER_LOOKS];
  const files = [...references, ...broken, ...batchFiles(listed, join(scrapedDirectory, BATCH))];

  let written = 0;
  for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
    const some = files.slice(start, start + FILES_AT_ONCE).map((file, i) => writeIfDifferent(file, start + i));
    for (const wrote of await Promise.all(some)) if (wrote) written++;
  }
  return {
    referencesDirectory,
    scrapedDirectory,
    references: references.length,
    broken: broken.map(({ path }) => path),
    listings: listed.length,
    written,
    unchanged: files.length - written,
  };
}

const FOLDERS: Readonly<Record<GarmentKind, string>> = {
  shirt: '',
  dress: '',
  trousers: '',
  shoes: 'shoes',
  bag: 'accessories/bags',
};

function referenceFile(look: Look, i: number, directory: string): SampleFile {
  const format = i % 4 === 3 ? 'png' : 'jpeg';
  const name = `${nameOf(look).replaceAll(' ', '-')}.${format === 'png' ? 'png' : 'jpg'}`;
  return {
    path: join(directory, FOLDERS[look.garment.kind], name),
    content: () => takePhotograph(look, i, format),
  };
}

function brokenFiles(directory: string): SampleFile[] {
  return [
    {
      path: join(directory, 'upload-that-broke-off.jpg'),
      content: async () => {
        const look = { garment: GARMENTS.shirt[0], pattern: 'plain', colour: 'red' } as const;
        const whole = await takePhotograph(look, 0, 'jpeg');
        return whole.subarray(0, whole.length / 2);
      },
    },
    {
      path: join(directory, 'no-photograph.jpg'),
      content: () => Promise.resolve('This is a text file that somebody has named like a photograph.\n'),
    },
  ];
}

const BATCH = 'batch_20260112_093000_123456';

/** Both layouts in one, as the scraper leaves them: the whole, its items, and a file and a folder an item. */
function batchFiles(looks: readonly Look[], directory: string): SampleFile[] {
  const random = seededRandom(20260112);
  const items = looks.map((look, i) => makeListing(look, i, random));
  const batch = {
    batch_id: BATCH,
    category: 'wardrobe',
    total_items: items.length,
    pages_scraped: 1,
    scraped_at: '2026-01-12T09:30:00.123456',
    items,
  };
  const json = (name: string, content: unknown): SampleFile => ({
    path: join(directory, name),
    content: () => Promise.resolve(`${JSON.stringify(content, null, 2)}\n`),
  });
  return [
    ...looks.map((look, i) => ({
      path: join(directory, `images/${listingId(i)}/0.jpg`),
      content: () => takePhotograph(look, WARDROBE.length + i, 'jpeg'),
    })),
    ...items.map((item) => json(`items/${item.item_id}.json`, item)),
    json('items.json', items),
    json('batch.json', batch),
  ];
}

/** @param seed Decides on the setting, and how the garment lies in it. */
function takePhotograph(look: Look, seed: number, format: 'jpeg' | 'png'): Promise<Buffer> {
  const random = seededRandom(seed);
  return render(photograph(look, randomSetting(random), random), format);
}

async function writeIfDifferent({ path, content }: SampleFile, place: number): Promise<boolean> {
  const bytes = Buffer.from(await content());
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(bytes)) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  const modified = new Date(FIRST_MODIFIED_MS + place * 60_000);
  await utimes(path, modified, modified);
  return true;
}
