import type { DecodedImage } from '../ports/image-decoder.js';
import { seededRandom } from './sample-items.js';

/** Coloured blocks with a little noise: different for each seed, the same everywhere. */
export function sampleImage(width: number, height: number, seed: number): DecodedImage {
  const random = seededRandom(seed);
  const palette = Array.from({ length: 16 * 3 }, () => random() * 240);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const block = Math.floor((y * 4) / height) * 4 + Math.floor((x * 4) / width);
      for (let channel = 0; channel < 3; channel++) {
        data[(y * width + x) * 3 + channel] = (palette[block * 3 + channel] ?? 0) + random() * 15;
      }
    }
  }
  return { width, height, data };
}
