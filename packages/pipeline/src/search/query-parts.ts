import { FashionMatchError, normalise, type DecodedImage } from '@fashionmatch/domain';

/** A part of an image, as shares of its width and height from its upper left corner. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An image or words that are searched for together with others. */
export type QueryPart = {
  /** How much it counts; below 0 for what is not wanted. */
  readonly weight: number;
} & (
  | { readonly path: string; readonly region?: Region | undefined }
  | { readonly bytes: Uint8Array; readonly region?: Region | undefined }
  | { readonly text: string }
);

/** What lies within a region, to the next pixel and at least one; the image itself where there is none. */
export function cut(image: DecodedImage, region: Region | undefined): DecodedImage {
  if (region === undefined) return image;
  const [left, right] = span(region.x, region.width, image.width);
  const [top, bottom] = span(region.y, region.height, image.height);
  const [width, height] = [right - left, bottom - top];
  // The decoder may know more of it than its pixels.
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { width, height, data };
}

function span(start: number, length: number, pixels: number): [number, number] {
  const first = Math.min(pixels - 1, Math.max(0, Math.round(start * pixels)));
  return [first, Math.max(first + 1, Math.min(pixels, Math.round((start + length) * pixels)))];
}

/**
 * The direction of several unit vectors together.
 *
 * @throws FashionMatchError `USAGE_INVALID` when they cancel each other out.
 */
export function combined(vectors: readonly { readonly vector: Float32Array; readonly weight: number }[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.vector.length ?? 0);
  for (const { vector, weight } of vectors) {
    for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + weight * value;
  }
  if (sum.every((value) => Math.abs(value) < 1e-6)) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      'The parts of the query cancel each other out: give them other weights.',
    );
  }
  return normalise(sum);
}
