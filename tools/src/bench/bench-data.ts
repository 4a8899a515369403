import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { wardrobePhotographs } from '../sample-data/wardrobe-photographs.js';

export interface BenchData {
  /** JPEGs of {@link SIZE}, no two with the same bytes. */
  readonly imagesDirectory: string;
  /** Holds `clip-vit-base-patch32` and `dinov2-small`: the real architectures with random weights. */
  readonly modelsDirectory: string;
  /** The wardrobe as it was drawn: photographs that all differ. */
  readonly wardrobeDirectory: string;
}

const SIZE = { width: 1200, height: 1600 };

/** Draws what the measurements work on: the sample wardrobe at the size of a photograph, as often as it takes. */
export async function writeBenchData(directory: string, images: number): Promise<BenchData> {
  const imagesDirectory = join(directory, 'images');
  const modelsDirectory = join(directory, 'models');
  await mkdir(imagesDirectory, { recursive: true });
  for (const model of randomModels({})) await writeModelFolder(model, modelsDirectory);

  const wardrobeDirectory = join(directory, 'wardrobe');
  const photographs = await wardrobePhotographs(wardrobeDirectory, SIZE);
  for (let i = 0; i < images; i++) {
    const photograph = photographs[i % photographs.length];
    if (photograph === undefined) throw new RangeError('The wardrobe is empty');
    // What follows a JPEG's end is read by nobody, and makes another file of it.
    const bytes = Buffer.concat([photograph, Buffer.from(`copy ${String(i)}`)]);
    await writeFile(join(imagesDirectory, `${String(i).padStart(6, '0')}.jpg`), bytes);
  }
  return { imagesDirectory, modelsDirectory, wardrobeDirectory };
}
