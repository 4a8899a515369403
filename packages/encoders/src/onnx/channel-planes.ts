import type { Preprocessing } from '../models/preprocessor-config.js';

const LEVELS = 256;

/** What each of the 256 levels becomes, for red, then green, then blue: 768 numbers. */
export function levelTable({ rescale, mean, std }: Pick<Preprocessing, 'rescale' | 'mean' | 'std'>): Float32Array {
  const table = new Float32Array(3 * LEVELS);
  for (const channel of [0, 1, 2] as const) {
    for (let level = 0; level < LEVELS; level++) {
      table[channel * LEVELS + level] = (level * rescale - mean[channel]) / std[channel];
    }
  }
  return table;
}

/**
 * Writes an image (rows of red, green, blue bytes) as three planes, one after the other, into `target`.
 *
 * @param table from {@link levelTable}, in the same number format as `target`
 * @param offset where in `target` the red plane begins; it takes as many numbers as `pixels` has bytes.
 */
export function writePlanes<Numbers extends Float32Array | Uint16Array>(
  pixels: Uint8Array,
  table: Numbers,
  target: Numbers,
  offset: number,
): void {
  const size = pixels.length / 3;
  const red = target.subarray(offset, offset + size);
  const green = target.subarray(offset + size, offset + 2 * size);
  const blue = target.subarray(offset + 2 * size, offset + 3 * size);
  // `?? 0` never applies: it is how strict indexing is told so without a cost.
  for (let i = 0, byte = 0; i < size; i++, byte += 3) {
    red[i] = table[pixels[byte] ?? 0] ?? 0;
    green[i] = table[LEVELS + (pixels[byte + 1] ?? 0)] ?? 0;
    blue[i] = table[2 * LEVELS + (pixels[byte + 2] ?? 0)] ?? 0;
  }
}
