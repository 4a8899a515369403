import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { writeSampleData } from './write-sample-data.js';

export interface PhotographSize {
  readonly width: number;
  readonly height: number;
}

const QUALITY = 88;

/** Draws the sample wardrobe into a folder, and gives its good images as JPEGs of one size, in the order of their names. */
export async function wardrobePhotographs(directory: string, { width, height }: PhotographSize): Promise<Buffer[]> {
  const { referencesDirectory, broken } = await writeSampleData(directory);
  const names = await readdir(referencesDirectory, { recursive: true });
  const paths = names.filter((name) => /\.(jpg|png)$/.test(name)).map((name) => join(referencesDirectory, name));
  const readable = paths.filter((path) => !broken.includes(path)).sort();
  return Promise.all(
    readable.map(async (path) =>
      sharp(await readFile(path))
        .resize(width, height, { fit: 'cover' })
        .jpeg({ quality: QUALITY })
        .toBuffer(),
    ),
  );
}
