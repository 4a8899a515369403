import type { Rectangle } from './resize-plan.js';

/**
 * A part of an image of three bytes a pixel, in a buffer of its own.
 *
 * @param width of the whole image, in pixels.
 */
export function cropPixels(pixels: Uint8Array, width: number, part: Rectangle): Uint8Array<ArrayBuffer> {
  const cropped = new Uint8Array(part.width * part.height * 3);
  for (let row = 0; row < part.height; row++) {
    const start = ((part.top + row) * width + part.left) * 3;
    cropped.set(pixels.subarray(start, start + part.width * 3), row * part.width * 3);
  }
  return cropped;
}
