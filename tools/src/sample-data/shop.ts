import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { seededRandom } from '@fashionmatch/domain/testing';
import sharp from 'sharp';

import { PATTERNS } from './fabric.js';
import { GARMENT_KINDS, GARMENTS, type GarmentKind } from './garments.js';
import { BACKDROPS } from './backdrop.js';
import { COLOUR_NAMES } from './palette.js';
import { photograph, type Look } from './photograph.js';
import { render } from './render.js';
import { nameOf, pick } from './wardrobe.js';

/** One thing in a shop, as a scraper would have found it. */
export interface ShopListing {
  readonly itemId: string;
  readonly title: string;
  readonly price: number;
  readonly brand: string;
  readonly size: string;
  readonly condition: string;
  readonly category: GarmentKind;
  readonly sellerId: string;
}

const BRANDS = [
  'Nordlys',
  'Casa Lino',
  'Ténèbres & Fils',
  'Tōkyō Knit',
  'Alba',
  'Weaver',
  'Oak Row',
  'Mistral',
] as const;
const SIZES = ['XS', 'S', 'M', 'L', 'XL', 'One size'] as const;
const CONDITIONS = ['New with tags', 'Very good', 'Good', 'Worn'] as const;
const BATCH = 'batch_20260112_093000_123456';
const DRAWN_AT_ONCE = 8;

/** Of each hundred, one is offered again by somebody else, and one is another's picture, made smaller. */
const HUNDRED = 100;
const OFFERED_AGAIN = 51;
const MADE_SMALLER = 76;

const LOOKS: readonly Look[] = PATTERNS.flatMap((pattern) =>
  COLOUR_NAMES.flatMap((colour) =>
    GARMENT_KINDS.flatMap((kind) => GARMENTS[kind].map((garment): Look => ({ garment, pattern, colour }))),
  ),
);

/** What is sold at a place, always the same. */
export function shopListing(place: number): ShopListing {
  const random = seededRandom(place);
  const look = lookAt(originalOf(place));
  const name = nameOf(look);
  return {
    itemId: `shop_${String(place).padStart(6, '0')}`,
    title: name.charAt(0).toUpperCase() + name.slice(1),
    price: 3 + Math.floor(random() ** 2 * 300) / 2,
    brand: pick(BRANDS, random() ** 2),
    size: pick(SIZES, random()),
    condition: pick(CONDITIONS, random()),
    category: GARMENT_KINDS.find((kind) => GARMENTS[kind].includes(look.garment)) ?? 'shirt',
    sellerId: `seller-${String(Math.floor(random() * 300))}`,
  };
}

/** Its photograph as a JPEG file, so many pixels wide and a third more high. */
export async function shopPhotograph(place: number, width: number): Promise<Buffer> {
  const original = originalOf(place);
  const random = seededRandom(original + 1e6);
  const height = Math.round((width * 4) / 3);
  const svg = photograph(lookAt(original), { backdrop: pick(BACKDROPS, random()), width, height }, random);
  const drawn = await render(svg, 'jpeg');
  if (place % HUNDRED !== MADE_SMALLER) return drawn;
  return sharp(drawn)
    .resize(Math.round(width * 0.8))
    .jpeg({ quality: 70 })
    .toBuffer();
}

/** Writes a scraped batch of so many listings into a folder, for the command line to embed. */
export async function writeShop(scrapedDirectory: string, count: number, width: number): Promise<void> {
  const folder = join(scrapedDirectory, BATCH);
  await mkdir(join(folder, 'images'), { recursive: true });
  const image = (place: number): string => `images/${String(place)}.jpg`;
  for (let from = 0; from < count; from += DRAWN_AT_ONCE) {
    const places = Array.from({ length: Math.min(DRAWN_AT_ONCE, count - from) }, (_, i) => from + i);
    await Promise.all(
      places.map(async (place) => writeFile(join(folder, image(place)), await shopPhotograph(place, width))),
    );
  }
  const items = Array.from({ length: count }, (_, place) => {
    const { itemId, sellerId, ...listing } = shopListing(place);
    return {
      ...listing,
      item_id: itemId,
      currency: 'EUR',
      description: `${listing.title} by ${listing.brand}.\nNo. ${String(place)} of many.`,
      image_urls: [`https://images.example.com/${itemId}.jpg`],
      url: `https://www.example.com/items/${itemId}`,
      seller_id: sellerId,
      scraped_at: new Date(Date.UTC(2026, 0, 12) + place * 60_000).toISOString(),
      local_image_paths: [image(place)],
    };
  });
  await writeFile(join(folder, 'batch.json'), JSON.stringify({ batch_id: BATCH, category: 'shop', items }));
}

/** Whose photograph it has: its own, or that of the one before. */
function originalOf(place: number): number {
  return [OFFERED_AGAIN, MADE_SMALLER].includes(place % HUNDRED) ? place - 1 : place;
}

/** A step without a common factor with their number: neighbours differ in all. */
function lookAt(place: number): Look {
  const look = LOOKS[(place * 7_919) % LOOKS.length] ?? LOOKS[0];
  if (!look) throw new RangeError('There are no looks');
  return look;
}
