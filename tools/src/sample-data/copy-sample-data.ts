import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { writeSampleData } from './write-sample-data.js';

/**
 * Gives a test the sample data to do with as it likes, as `writeSampleData` would: the first suite of a run of Jest
 * draws it, which takes many seconds, and all get copies.
 */
export async function copySampleData(directory: string): Promise<void> {
  const shared = process.env['FASHIONMATCH_TEST_FOLDER'];
  if (shared === undefined) throw new Error('Jest makes the folder of a run (jest.setup.js)');
  const drawn = join(shared, 'sample-data');
  if (!existsSync(drawn)) {
    const drawing = await mkdtemp(`${drawn}-`);
    await writeSampleData(drawing);
    // Another worker may have been as quick.
    await rename(drawing, drawn).catch(() => rm(drawing, { recursive: true }));
  }
  await cp(drawn, directory, { recursive: true, preserveTimestamps: true });
}
