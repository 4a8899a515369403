import { ItemError } from '@fashionmatch/domain';
import pTimeout from 'p-timeout';

import { contentKind } from './content-kind.js';
import { unpackHeic } from './heic/unpack-heic.js';
import { sharp } from './sharp-library.js';

export interface ThumbnailerOptions {
  /** Images with more pixels are refused. */
  readonly maxPixels?: number;
  /** Milliseconds for one image. */
  readonly deadlineMs?: number;
}

/** Pixels of the longer edge: sharp at half the size on a dense screen, and about 8 kB. */
const EDGE = 320;
const QUALITY = 72;

/** Reads what the decoder reads, and shows what is left of a damaged file too. Metadata, such as a place, is left out. */
export function createThumbnailer(options: ThumbnailerOptions = {}): (bytes: Uint8Array) => Promise<Uint8Array> {
  const { maxPixels = 100_000_000, deadlineMs = 10_000 } = options;
  return async (bytes) => {
    const { image } = contentKind(bytes);
    if (image === undefined) throw new ItemError('IMAGE_INVALID', 'This is no image');
    const readable = image === 'HEIC' ? await unpackHeic(bytes, { maxPixels, deadlineMs }) : bytes;
    const drawing = sharp(readable, { failOn: 'none', limitInputPixels: maxPixels })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize(EDGE, EDGE, { fit: 'inside', withoutEnlargement: true })
      .timeout({ seconds: Math.ceil(deadlineMs / 1000) })
      .webp({ quality: QUALITY })
      .toBuffer();
    const late = new ItemError('IMAGE_INVALID', 'The image takes too long to draw');
    try {
      return await pTimeout(drawing, { milliseconds: deadlineMs, message: late });
    } catch (cause) {
      if (cause instanceof ItemError) throw cause;
      throw new ItemError('IMAGE_INVALID', 'No picture can be made of this image', { cause });
    }
  };
}
