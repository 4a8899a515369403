import { ItemError, type DecodedImage, type ImageDecoder } from '@fashionmatch/domain';
import pTimeout from 'p-timeout';

import { contentKind, type ImageFormat } from './content-kind.js';
import { unpackHeic } from './heic/unpack-heic.js';
import { pixelsOfInks, WITH_SIZE, type RawPixels } from './ink-pixels.js';
import { jpegScanBytes } from './jpeg-scan.js';
import type { Colour } from '../models/encoder-id.js';
import type { Size } from '../models/preprocessor-config.js';
import type { ImageSize, SufficientEdges } from './resize-plan.js';
import { sharp, type Sharp } from './sharp-library.js';

export interface SharpImageDecoderOptions {
  /** Images with more pixels are refused before any is decoded. One of 100 million costs up to 650 MB. */
  readonly maxPixels?: number;
  /** Milliseconds for one image. */
  readonly deadlineMs?: number;
  /** Larger images are reduced while they are decoded; their shorter edge keeps at least this many pixels. */
  readonly sufficientEdges?: SufficientEdges | undefined;
  /** What becomes of colour profiles; `convert` by default. HEIC is converted in any case. */
  readonly colour?: Colour;
}

const FULL_SIZE: SufficientEdges = { filtered: Infinity, scaled: Infinity };

/**
 * A JPEG needs at least one bit for every block of 8×8 pixels, even of one flat colour: 512 pixels a byte.
 * With less than a hundredth of that there is a header and no picture, which libjpeg would fill with grey. Files
 * that lost a smaller part and still end in order are read, as every other program reads them.
 */
const MAX_PIXELS_PER_JPEG_SCAN_BYTE = 512 * 100;

/** Decodes JPEG, PNG, WebP, AVIF, TIFF and GIF with sharp, HEIC with libheif first. Colour profiles are converted to sRGB. */
export function createSharpImageDecoder(options: SharpImageDecoderOptions = {}): ImageDecoder {
  const { maxPixels = 100_000_000, deadlineMs = 30_000, sufficientEdges = FULL_SIZE, colour = 'convert' } = options;
  const limits = { maxPixels, deadlineMs, sufficientEdges, colour };
  return {
    async decode(bytes) {
      const kind = contentKind(bytes);
      if (kind.image === undefined) throw unreadable(kind.looksLike);
      const readable = kind.image === 'HEIC' ? await unpackHeic(bytes, limits) : bytes;
      return pTimeout(decode(readable, kind.image, limits), { milliseconds: deadlineMs, message: tooSlow() });
    },
  };
}

interface Limits {
  readonly maxPixels: number;
  readonly deadlineMs: number;
  readonly sufficientEdges: SufficientEdges;
  readonly colour: Colour;
}

async function decode(bytes: Uint8Array, format: ImageFormat, limits: Limits): Promise<DecodedImage> {
  const { maxPixels, deadlineMs, sufficientEdges } = limits;
  const ignoreIcc = limits.colour === 'ignore-profiles' && format !== 'HEIC';
  // 'truncated' refuses broken files and still reads the slightly odd ones that every other program reads.
  const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: false, ignoreIcc });
  try {
    const { width, height, autoOrient: upright, space } = await image.metadata();
    if (width * height > maxPixels) {
      throw new ItemError(
        'IMAGE_TOO_LARGE',
        `The image has ${String(width)}×${String(height)} pixels, more than the limit of ${String(maxPixels)}`,
      );
    }
    if (format === 'JPEG' && width * height > jpegScanBytes(bytes) * MAX_PIXELS_PER_JPEG_SCAN_BYTE) {
      throw new ItemError('IMAGE_INVALID', 'The JPEG file has a header but no picture');
    }
    const reduction = reductionOf(upright, format, sufficientEdges);
    const oriented = image.autoOrient().timeout({ seconds: Math.ceil(deadlineMs / 1000) });
    const sized = reduction ? reduce(oriented, reduction) : oriented;
    const { data, info } = await (ignoreIcc && space === 'cmyk' ? pixelsOfInks(sized) : pixelsOf(sized));
    if (data.length !== info.width * info.height * 3) {
      throw new ItemError('IMAGE_INVALID', `This kind of ${format} file cannot be read`);
    }
    const decoded: DecodedImage & ImageSize = { width: info.width, height: info.height, data };
    return reduction ? Object.assign(decoded, { reducedFrom: upright }) : decoded;
  } catch (error) {
    throw error instanceof ItemError ? error : damaged(format, error);
  }
}

const pixelsOf = (image: Sharp): Promise<RawPixels> =>
  image.flatten({ background: '#ffffff' }).toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer(WITH_SIZE);

interface Reduction extends Size {
  readonly kernel: 'cubic' | 'lanczos3';
  /** Whether libjpeg may scale down as far as sharp finds it can. */
  readonly fastShrinkOnLoad: boolean;
}

/** What libjpeg can divide the pixels by, each way, while it decodes: it then does that part of the work alone. */
const LIBJPEG_DIVISORS = [8, 4, 2];

/** From here on sharp has libjpeg halve the image, whatever it is told. */
const ALWAYS_HALVED = 4;

/** What the image is reduced to, if it is larger than it needs to be. */
function reductionOf(
  { width, height }: Size,
  format: ImageFormat,
  { filtered, scaled }: SufficientEdges,
): Reduction | undefined {
  const shorter = Math.min(width, height);
  const isJpeg = format === 'JPEG';
  // Of other numbers of pixels libjpeg keeps a part too many: the picture is then a little stretched (47 dB).
  const divisor = LIBJPEG_DIVISORS.find((n) => width % n === 0 && height % n === 0 && shorter / n >= scaled);
  if (isJpeg && divisor !== undefined) {
    // sharp has libjpeg divide by less when the whole division is by less than one more.
    const by = divisor + 1;
    const reduced = { width: Math.floor(width / by), height: Math.floor(height / by) };
    return { ...reduced, kernel: 'lanczos3', fastShrinkOnLoad: true };
  }
  const least = isJpeg ? Math.ceil((shorter + 1) / ALWAYS_HALVED) + 1 : 0;
  const scale = Math.max(filtered, least) / shorter;
  if (scale >= 1) return undefined;
  const reduced = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return { ...reduced, kernel: 'cubic', fastShrinkOnLoad: false };
}

function reduce(image: Sharp, { width, height, ...how }: Reduction): Sharp {
  return image.resize(width, height, { fit: 'fill', ...how });
}

function unreadable(looksLike: string): ItemError {
  const reason = 'Not a JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF image';
  return new ItemError('IMAGE_INVALID', looksLike === '' ? reason : `${reason}: it looks like ${looksLike}`);
}

/** libvips explains at length and in its own terms; its text stays in `cause`. */
function damaged(format: ImageFormat, cause: unknown): ItemError {
  const text = String(cause);
  if (text.includes('timeout')) return tooSlow();
  // "unsupported image format" is also said of a known format whose header makes no sense.
  const reason = /unsupported(?! image format)|not supported|(?:un|not )implemented/i.test(text)
    ? `This kind of ${format} file cannot be read`
    : `The ${format} file is damaged or cut short`;
  return new ItemError('IMAGE_INVALID', reason, { cause });
}

function tooSlow(): ItemError {
  return new ItemError('IMAGE_INVALID', 'The image takes too long to decode');
}
