import { readFile } from 'node:fs/promises';

import { seededRandom } from '@fashionmatch/domain/testing';
import sharp, { type Sharp } from 'sharp';

import { photograph, type Look } from '../../sample-data/photograph.js';
import { render } from '../../sample-data/render.js';
import { randomSetting, WARDROBE } from '../../sample-data/wardrobe.js';

/** A sound image in a file. */
export interface SourceImage {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

export interface MutationSources {
  /** As the sample wardrobe has them: one to two megapixels. */
  readonly large: readonly [SourceImage, ...SourceImage[]];
  /** Reduced, so that thousands of them can be decoded, and in every format that can be read. */
  readonly small: readonly [SourceImage, ...SourceImage[]];
}

const SMALL_EDGE = 192;

const FORMATS: readonly { readonly extension: string; readonly encode: (image: Sharp) => Sharp }[] = [
  { extension: '.jpg', encode: (image) => image.jpeg({ quality: 85 }) },
  { extension: '.jpg', encode: (image) => image.jpeg({ progressive: true, mozjpeg: true }) },
  { extension: '.jpg', encode: (image) => image.toColourspace('cmyk').jpeg() },
  { extension: '.jpg', encode: (image) => image.withMetadata({ orientation: 6 }).withIccProfile('p3').jpeg() },
  { extension: '.png', encode: (image) => image.png() },
  { extension: '.png', encode: (image) => image.ensureAlpha(0.5).png({ progressive: true }) },
  { extension: '.png', encode: (image) => image.png({ palette: true }) },
  { extension: '.png', encode: (image) => image.toColourspace('rgb16').png() },
  { extension: '.webp', encode: (image) => image.webp() },
  { extension: '.webp', encode: (image) => image.webp({ lossless: true }) },
  { extension: '.gif', encode: (image) => image.gif() },
  { extension: '.avif', encode: (image) => image.avif({ effort: 2 }) },
  { extension: '.tiff', encode: (image) => image.tiff({ compression: 'lzw' }) },
  { extension: '.tiff', encode: (image) => image.tiff({ compression: 'jpeg', tile: true }) },
];

/** Of small images already: what writes this format is not installed here. */
const HEIC_FOLDER = new URL('../../../../packages/encoders/fixtures/heic/', import.meta.url);
const HEIC_NAMES = ['8-bit', '10-bit', 'alpha', 'grid', 'icc-display-p3', 'irot-and-exif', 'sequence'];

/** Draws every tenth garment of the sample wardrobe: the same bytes every time. */
export async function drawMutationSources(): Promise<MutationSources> {
  const large: SourceImage[] = [];
  const small: SourceImage[] = [];
  const heic = await Promise.all(
    HEIC_NAMES.map(async (name) => ({
      extension: '.heic',
      bytes: await readFile(new URL(`${name}.heic`, HEIC_FOLDER)),
    })),
  );
  for (const [i, look] of WARDROBE.filter((_, place) => place % 10 === 0).entries()) {
    const drawn = await draw(look, i);
    large.push(drawn);
    small.push(...(await reduce(drawn)), ...heic);
  }
  return { large: some(large), small: some(small) };
}

async function draw(look: Look, seed: number): Promise<SourceImage> {
  const random = seededRandom(seed);
  const format = seed % 2 === 0 ? 'jpeg' : 'png';
  const bytes = await render(photograph(look, randomSetting(random), random), format);
  return { extension: format === 'jpeg' ? '.jpg' : '.png', bytes };
}

async function reduce({ bytes }: SourceImage): Promise<SourceImage[]> {
  const { data, info } = await sharp(bytes).resize(SMALL_EDGE, SMALL_EDGE).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const stills = FORMATS.map(async ({ extension, encode }) => ({
    extension,
    bytes: await encode(sharp(data, { raw: { width, height, channels } })).toBuffer(),
  }));
  // Its two halves are the frames of a film.
  const film = sharp(data, { raw: { width, height, channels, pageHeight: height / 2 } });
  const films = [
    { extension: '.webp', bytes: await film.clone().webp().toBuffer() },
    { extension: '.gif', bytes: await film.clone().gif().toBuffer() },
  ];
  return [...(await Promise.all(stills)), ...films];
}

function some<T>([first, ...others]: readonly T[]): [T, ...T[]] {
  if (first === undefined) throw new Error('The sample wardrobe is empty.');
  return [first, ...others];
}
