import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { GOLDEN_FILES } from '@fashionmatch/encoders';

import { goldenFiles } from './golden/golden-files.js';

/**
 * Writes the pictures and the vectors that `fashionmatch doctor` compares a machine with:
 * `node tools/dist/write-golden-vectors.js`. To be run whenever the built-in encoders change.
 */
const { image, heic, vectors } = await goldenFiles();
await mkdir(new URL('.', GOLDEN_FILES.image), { recursive: true });
await writeFile(GOLDEN_FILES.image, image);
await writeFile(GOLDEN_FILES.heic, heic);
await writeFile(GOLDEN_FILES.vectors, vectors);
for (const file of Object.values(GOLDEN_FILES)) process.stdout.write(`${fileURLToPath(file)}\n`);
