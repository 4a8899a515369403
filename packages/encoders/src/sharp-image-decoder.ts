import { ItemError, type DecodedImage, type ImageDecoder } from '@fashionmatch/domain';

import { contentKind, type ImageFormat } from './content-kind.js';
import { withDeadline } from './deadline.js';
import { sharp } from './sharp-library.js';

export interface SharpImageDecoderOptions {
  /** Images with more pixels are refused before any is decoded. One of 100 million costs up to 650 MB. */
  readonly maxPixels?: number;
  /** Milliseconds for one image. */
  readonly deadlineMs?: number;
}

/**
 * A JPEG of one flat colour still needs a bit for every few blocks: 512 pixels a byte is about the most that
 * Huffman coding reaches. Far beyond that there is a header and no picture, which libjpeg would fill with grey.
 */
const MAX_JPEG_PIXELS_PER_BYTE = 2000;

/** Decodes JPEG, PNG, WebP, AVIF, TIFF and GIF with sharp. Embedded colour profiles are converted to sRGB. */
export function createSharpImageDecoder(options: SharpImageDecoderOptions = {}): ImageDecoder {
  const { maxPixels = 100_000_000, deadlineMs = 30_000 } = options;
  return {
    async decode(bytes) {
      const kind = contentKind(bytes);
      if (kind.image === undefined) throw unreadable(kind.looksLike);
      return withDeadline(decode(bytes, kind.image, maxPixels, deadlineMs), deadlineMs, tooSlow);
    },
  };
}

async function decode(
  bytes: Uint8Array,
  format: ImageFormat,
  maxPixels: number,
  deadlineMs: number,
): Promise<DecodedImage> {
  // 'truncated' refuses broken files and still reads the slightly odd ones that every other program reads.
  const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: false });
  try {
    const { width, height } = await image.metadata();
    if (width * height > maxPixels) {
      throw new ItemError(
        'IMAGE_TOO_LARGE',
        `The image has ${String(width)}×${String(height)} pixels, more than the limit of ${String(maxPixels)}`,
      );
    }
    if (format === 'JPEG' && width * height > bytes.length * MAX_JPEG_PIXELS_PER_BYTE) {
      throw new ItemError('IMAGE_INVALID', 'The JPEG file has a header but no picture');
    }
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .timeout({ seconds: Math.ceil(deadlineMs / 1000) })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (data.length !== info.width * info.height * 3) {
      throw new ItemError('IMAGE_INVALID', `This kind of ${format} file cannot be read`);
    }
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw error instanceof ItemError ? error : damaged(format, error);
  }
}

function unreadable(looksLike: string): ItemError {
  const reason = 'Not a JPEG, PNG, WebP, AVIF, TIFF or GIF image';
  return new ItemError('IMAGE_INVALID', looksLike === '' ? reason : `${reason}: it looks like ${looksLike}`);
}

/** libvips explains at length and in its own terms; its text stays in `cause`. */
function damaged(format: ImageFormat, cause: unknown): ItemError {
  const text = String(cause);
  if (text.includes('timeout')) return tooSlow();
  const reason = /unsupported|not supported|unimplemented/i.test(text)
    ? `This kind of ${format} file cannot be read`
    : `The ${format} file is damaged or cut short`;
  return new ItemError('IMAGE_INVALID', reason, { cause });
}

function tooSlow(): ItemError {
  return new ItemError('IMAGE_INVALID', 'The image takes too long to decode');
}
