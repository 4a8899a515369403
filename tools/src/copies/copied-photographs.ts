import { seededRandom } from '@fashionmatch/domain/testing';
import sharp from 'sharp';

import { PATTERNS } from '../sample-data/fabric.js';
import { GARMENT_KINDS, GARMENTS } from '../sample-data/garments.js';
import { COLOUR_NAMES } from '../sample-data/palette.js';
import { photograph, type Look } from '../sample-data/photograph.js';
import { render } from '../sample-data/render.js';
import { nameOf, randomSetting } from '../sample-data/wardrobe.js';

/** What people and programs do to a picture before they put it up again. */
export const COPY_KINDS = ['recompressed', 'resized', 'cropped', 'mirrored'] as const;

export type CopyKind = (typeof COPY_KINDS)[number];

/** A picture, and what it shows. */
export interface Photograph {
  /** Such as `navy striped t-shirt`; two pictures of one garment have the same. */
  readonly garment: string;
  /** Which picture it is, or is a copy of. */
  readonly original: number;
  readonly kind: CopyKind | 'original';
  readonly bytes: () => Promise<Buffer>;
}

/** Half as wide as the wardrobe's: they are drawn in a quarter of the time, and the encoders look at 224 pixels. */
const SCALE = 0.5;
const CROPPED = 0.05;

/** Every garment there is, in every pattern and colour. */
const LOOKS: readonly Look[] = GARMENT_KINDS.flatMap((kind) =>
  GARMENTS[kind].flatMap((garment) =>
    PATTERNS.flatMap((pattern) => COLOUR_NAMES.map((colour): Look => ({ garment, pattern, colour }))),
  ),
);

/** Pictures of which no two are alike, though some show the same garment, and then copies of the first ones, of each kind. */
export function photographs(count: number, copied: number): Photograph[] {
  const originals = Array.from({ length: count }, (_, i) => originalOf(i));
  const copies = COPY_KINDS.flatMap((kind) => originals.slice(0, copied).map((original) => copyOf(original, kind)));
  return [...originals, ...copies];
}

function originalOf(original: number): Photograph {
  const random = seededRandom(original);
  // A step without a common factor with their number: neighbours differ in all.
  const look = LOOKS[(original * 7_919) % LOOKS.length] ?? LOOKS[0];
  if (!look) throw new RangeError('There are no looks');
  const setting = randomSetting(random);
  const [width, height] = [setting.width * SCALE, setting.height * SCALE];
  const svg = photograph(look, { ...setting, width, height }, random);
  return { garment: nameOf(look), original, kind: 'original', bytes: () => render(svg, 'jpeg') };
}

function copyOf(original: Photograph, kind: CopyKind): Photograph {
  return { ...original, kind, bytes: async () => changed(await original.bytes(), kind) };
}

async function changed(bytes: Buffer, kind: CopyKind): Promise<Buffer> {
  const image = sharp(bytes);
  switch (kind) {
    case 'recompressed':
      return image.jpeg({ quality: 40 }).toBuffer();
    case 'resized':
      return image.resize({ width: 64 }).jpeg({ quality: 86 }).toBuffer();
    case 'mirrored':
      return image.flop().jpeg({ quality: 86 }).toBuffer();
    case 'cropped': {
      const { width, height } = await image.metadata();
      const [left, top] = [Math.round(width * CROPPED * 0.7), Math.round(height * CROPPED * 0.3)];
      const area = { left, top, width: Math.round(width * (1 - CROPPED)), height: Math.round(height * (1 - CROPPED)) };
      return image.extract(area).jpeg({ quality: 86 }).toBuffer();
    }
  }
}
