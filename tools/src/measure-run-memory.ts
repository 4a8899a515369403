import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { writeBenchData } from './bench/bench-data.js';
import { FashionmatchProcess } from './end-to-end/running/fashionmatch-process.js';
import { summaryOf } from './robustness/embed-outcome.js';
import { inMebibytes } from './robustness/memory/in-mebibytes.js';
import { watchPeakMemory } from './robustness/memory/peak-memory.js';

/**
 * The most memory that a short and a long run take, photographs of 1200 × 1600 through the real architectures (random
 * weights): `node tools/dist/measure-run-memory.js [--images 500,5000] [--precision int8]`. Fails when the longest run
 * takes more than 1.1 times as much as the shortest. At int8 the models take the least, so growth shows the most.
 */
const LIMIT = 1.1;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '500,5000' },
    precision: { type: 'string', default: 'int8' },
  },
});
const sizes = values.images.split(',').map(Number);

const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-run-memory-'));
try {
  const peaks: number[] = [];
  for (const images of sizes) {
    const peak = await peakMemoryOf(join(directory, String(images)), images);
    peaks.push(peak);
    process.stdout.write(`${String(images)} images: ${inMebibytes(peak)} at most\n`);
  }
  const ratio = (peaks.at(-1) ?? NaN) / (peaks[0] ?? NaN);
  process.stdout.write(`the longest run takes ${ratio.toFixed(3)} times the memory of the shortest\n`);
  if (!(ratio <= LIMIT)) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}

async function peakMemoryOf(folder: string, images: number): Promise<number> {
  const { imagesDirectory, modelsDirectory } = await writeBenchData(folder, images);
  const run = new FashionmatchProcess(['embed', '--mode', 'references', '--json', '--no-progress'], folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: join(modelsDirectory, 'clip-vit-base-patch32'),
    FASHIONMATCH_MODELS__DINO_MODEL: join(modelsDirectory, 'dinov2-small'),
    FASHIONMATCH_MODELS__PRECISION: values.precision,
    FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: join(folder, 'chromadb'),
    FASHIONMATCH_SCRAPER__REFERENCES_DIR: imagesDirectory,
  });
  const peak = watchPeakMemory(run.child.pid ?? 0);
  const outcome = await run.outcome;
  if (summaryOf(outcome)?.processed !== images) throw new Error(`Not all images were stored: ${outcome.stderr}`);
  return peak() ?? NaN;
}
