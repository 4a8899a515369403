import { ItemError } from '@fashionmatch/domain';
import pTimeout from 'p-timeout';

import { contentKind } from './content-kind.js';
import { unpackHeic } from './heic/unpack-heic.js';
import { sharp, type Sharp } from './sharp-library.js';

export interface ThumbnailerOptions {
  /** Images with more pixels are refused. */
  readonly maxPixels?: number;
  /** Milliseconds for one image. */
  readonly deadlineMs?: number;
}

/** A square that has the whole image in it; what the image does not cover is transparent. */
export interface SquareThumbnail {
  /** Pixels, from 1 on. */
  readonly edge: number;
  /** A PNG file, or edge × edge × 4 bytes of red, green, blue and alpha: of 256 colours at most, either way. */
  readonly format: 'png' | 'rgba';
}

/** @returns a WebP of at most 320 × 320 pixels, unless a square is asked for. @throws ItemError `IMAGE_INVALID` */
export type Thumbnailer = (bytes: Uint8Array, square?: SquareThumbnail) => Promise<Uint8Array>;

/** Pixels of the longer edge: sharp at half the size on a dense screen, and about 8 kB. */
const EDGE = 320;
const QUALITY = 72;

/** Reads what the decoder reads, and shows what is left of a damaged file too. Metadata, such as a place, is left out. */
export function createThumbnailer(options: ThumbnailerOptions = {}): Thumbnailer {
  const { maxPixels = 100_000_000, deadlineMs = 10_000 } = options;
  return async (bytes, square) => {
    const { image } = contentKind(bytes);
    if (image === undefined) throw new ItemError('IMAGE_INVALID', 'This is no image');
    const readable = image === 'HEIC' ? await unpackHeic(bytes, { maxPixels, deadlineMs }) : bytes;
    const upright = sharp(readable, { failOn: 'none', limitInputPixels: maxPixels })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .timeout({ seconds: Math.ceil(deadlineMs / 1000) });
    const drawing = square ? drawSquare(upright, square) : drawSmall(upright);
    const late = new ItemError('IMAGE_INVALID', 'The image takes too long to draw');
    try {
      return await pTimeout(drawing, { milliseconds: deadlineMs, message: late });
    } catch (cause) {
      if (cause instanceof ItemError) throw cause;
      throw new ItemError('IMAGE_INVALID', 'No picture can be made of this image', { cause });
    }
  };
}

function drawSmall(image: Sharp): Promise<Uint8Array> {
  return image.resize(EDGE, EDGE, { fit: 'inside', withoutEnlargement: true }).webp({ quality: QUALITY }).toBuffer();
}

async function drawSquare(image: Sharp, { edge, format }: SquareThumbnail): Promise<Uint8Array> {
  const background = { r: 0, g: 0, b: 0, alpha: 0 };
  const png = await image.resize(edge, edge, { fit: 'contain', background }).png({ palette: true }).toBuffer();
  return format === 'png' ? png : sharp(png).ensureAlpha().raw().toBuffer();
}
