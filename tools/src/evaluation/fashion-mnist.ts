import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { readIdxFile } from './idx-file.js';

/** A garment in grey on black. */
export interface LabelledImage {
  /** The kind of garment, 0 to 9. */
  readonly label: number;
  readonly width: number;
  readonly height: number;
  /** `width × height` bytes. */
  readonly pixels: Uint8Array;
}

const PARTS = { train: 'train', test: 't10k' } as const;

/**
 * Reads the 60,000 images for training, or the 10,000 for testing.
 *
 * @throws Error when the folder lacks them or they are not what they should be.
 */
export async function readFashionMnist(folder: string, part: keyof typeof PARTS): Promise<LabelledImage[]> {
  const names = await readdir(folder);
  const read = (content: string) => {
    const wanted = `${PARTS[part]}-${content}-ubyte`;
    const name = names.find((candidate) => candidate === wanted || candidate === `${wanted}.gz`);
    if (name === undefined) throw new Error(`${folder} holds no ${wanted}, nor ${wanted}.gz.`);
    return readIdxFile(join(folder, name));
  };
  const images = await read('images-idx3');
  const labels = await read('labels-idx1');

  const [count = 0, height = 0, width = 0] = images.dimensions;
  if (count === 0 || images.dimensions.length !== 3 || labels.data.length !== count) {
    throw new Error(`The images and the labels for ${part} in ${folder} do not belong together.`);
  }
  const size = width * height;
  return Array.from(labels.data, (label, i) => {
    return { label, width, height, pixels: images.data.subarray(i * size, (i + 1) * size) };
  });
}

/** The image as the bytes of a PNG file of the same size, which loses nothing. */
export async function photograph({ width, height, pixels }: LabelledImage): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** `count` of the images, drawn without putting back (Fisher and Yates). */
export function draw(images: readonly LabelledImage[], count: number, random: () => number): LabelledImage[] {
  const left = [...images];
  return Array.from({ length: Math.min(count, images.length) }, () => {
    const [drawn] = left.splice(Math.floor(random() * left.length), 1);
    return drawn;
  }).filter((image) => image !== undefined);
}
