import { ItemError, type DecodedImage } from '@fashionmatch/domain';

import { evenRowPairs } from './even-row-pairs.js';
import type { ResizeFilter, Size } from './preprocessor-config.js';
import type { ResizePlan } from './resize-plan.js';
import { sharp } from './sharp-library.js';

const KERNELS = { bilinear: 'linear', bicubic: 'cubic' } as const;

/**
 * Whether sharp comes within about 50 dB of Pillow, which is what the models were trained with. It does not where
 * an edge grows, since libvips then places pixels differently (20 to 40 dB); nor where one shrinks by little more
 * than four times, since averaging pairs first leaves the least to the filter there (48 dB for fine stripes).
 */
export function sharpIsClose({ source, resized }: ResizePlan): boolean {
  return [source.width / resized.width, source.height / resized.height].every(
    (factor) => factor >= 1 && !(factor >= 4 && factor < 4.5),
  );
}

/**
 * Resizes and crops by a plan that {@link sharpIsClose} for.
 *
 * @returns `crop.width × crop.height × 3` bytes in a buffer of their own.
 * @throws ItemError `IMAGE_INVALID` when libvips cannot do it: an edge of more than ten million pixels.
 */
export async function resizeWithSharp(
  image: DecodedImage,
  plan: ResizePlan,
  filter: ResizeFilter,
): Promise<Uint8Array> {
  const { width, height } = image;
  const { source, resized, crop } = plan;
  const whole = source.width === width && source.height === height;
  try {
    const pixels = whole && brightening(image, resized) > 0.25 ? evened(image) : image.data;
    const input = sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
    const result = await (whole ? input : input.extract(source))
      .resize(resized.width, resized.height, { fit: 'fill', kernel: KERNELS[filter] })
      .extract(crop)
      .raw()
      .toBuffer();
    // sharp's own memory cannot be moved to another thread.
    return new Uint8Array(result);
  } catch (cause) {
    throw new ItemError('IMAGE_INVALID', `An image of ${String(width)}×${String(height)} pixels cannot be resized`, {
      cause,
    });
  }
}

/**
 * Where an edge shrinks by four times or more, libvips first averages every n = 2, 3, 4… pixels, leaving a factor
 * of two or more to the filter, and rounds halves up: once for rows, once for columns. For even n that brightens
 * textures by 1/2n of a level each time; for n = 2 the two make half a level, most of all the difference to Pillow.
 * Rounding halves down the first time sets it right.
 */
function brightening(from: Size, to: Size): number {
  return bias(from.width / to.width) + bias(from.height / to.height);
}

function bias(factor: number): number {
  const averaged = Math.floor(factor / 2);
  return averaged >= 2 && averaged % 2 === 0 ? 1 / (2 * averaged) : 0;
}

/** Both encoders ask for the same image, one right after the other. */
const evenedPixels = new WeakMap<DecodedImage, Uint8Array>();

function evened(image: DecodedImage): Uint8Array {
  const known = evenedPixels.get(image);
  if (known !== undefined) return known;
  const pixels = evenRowPairs(image.data, image.width * 3);
  evenedPixels.set(image, pixels);
  return pixels;
}
