import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sampleImage } from '@fashionmatch/domain/testing';
import sharp from 'sharp';

/** Where the images of a run lie, as the command line wants to be told. */
export interface ImageFolders {
  readonly referencesDirectory: string;
  readonly scrapedDirectory: string;
}

/** So small that drawing and decoding thousands of them takes seconds. */
const EDGE = 48;

const BATCH = 'batch_20260112_093000_123456';
const BRANDS = ['Nordlys', 'Casa Lino', 'Ténèbres & Fils', '東京ニット', null] as const;

/**
 * Writes images of which no two are the same: the even ones references, the odd ones a scraped batch, whose titles
 * begin with a word.
 */
export async function writeDistinctImages(directory: string, count: number, word = 'Listing'): Promise<ImageFolders> {
  const folders = { referencesDirectory: join(directory, 'references'), scrapedDirectory: join(directory, 'scraped') };
  const batch = join(folders.scrapedDirectory, BATCH);
  await mkdir(folders.referencesDirectory, { recursive: true });
  await mkdir(join(batch, 'images'), { recursive: true });

  const listings: object[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      await writeFile(join(folders.referencesDirectory, `look-${String(i)}.png`), await draw(i, 'png'));
      continue;
    }
    const image = `images/${String(i)}.jpg`;
    await writeFile(join(batch, image), await draw(i, 'jpeg'));
    listings.push(listing(i, image, word));
  }
  await writeFile(
    join(batch, 'batch.json'),
    JSON.stringify({ batch_id: BATCH, category: 'knitwear', items: listings }),
  );
  return folders;
}

/** Every field has a value that no other listing has, or one of a few. */
function listing(place: number, image: string, word: string): object {
  const id = `vinted_${String(place)}`;
  return {
    item_id: id,
    title: `${word} ${String(place)}`,
    price: 5 + place / 4,
    currency: place % 7 === 0 ? 'PLN' : 'EUR',
    description: `No. ${String(place)} of many.\nWorn twice.`,
    brand: BRANDS[place % BRANDS.length],
    size: place % 3 === 0 ? null : 'M',
    condition: 'Very good',
    image_urls: [`https://images.example.com/${id}.jpg`],
    url: `https://www.example.com/items/${id}`,
    category: 'knitwear',
    scraped_at: new Date(Date.UTC(2026, 0, 12) + place * 60_000).toISOString(),
    local_image_paths: [image],
  };
}

function draw(seed: number, format: 'jpeg' | 'png'): Promise<Buffer> {
  const { data, width, height } = sampleImage(EDGE, EDGE, seed);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}
