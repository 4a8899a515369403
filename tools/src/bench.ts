import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, parseConfig } from '@fashionmatch/pipeline';

import { writeSampleData } from './sample-data/write-sample-data.js';

/**
 * Times each part alone, and then the whole run, on the sample wardrobe with the built-in encoders:
 * `npm run bench`. Figures are only comparable within one run, for they depend on the machine and its load.
 */
const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-bench-'));
const logger = new RecordingLogger();
try {
  const { referencesDirectory } = await writeSampleData(folder);
  // Not before: the encoders let sharp read photographs only, and the wardrobe is drawn as SVG.
  const { createSharpImageDecoder, openOnnxImageEncoder, resolveModel, sufficientEdge } =
    await import('@fashionmatch/encoders');
  const files = (await readdir(referencesDirectory, { recursive: true })).filter((name) => /\.(jpg|png)$/.test(name));
  const bytes = await Promise.all(files.map((name) => readFile(join(referencesDirectory, name))));

  const models = { clip: await resolveModel('builtin/colour-layout'), dino: await resolveModel('builtin/structure') };
  const edge = sufficientEdge([models.clip.preprocessing, models.dino.preprocessing]);
  const decoder = createSharpImageDecoder(edge === undefined ? {} : { shortestEdge: edge });
  await using clip = await openOnnxImageEncoder({ model: models.clip, logger });
  await using dino = await openOnnxImageEncoder({ model: models.dino, logger });

  const prepare = async (image: Uint8Array) => {
    const decoded = await decoder.decode(image).catch(() => undefined);
    return decoded && { clip: await clip.preprocess(decoded), dino: await dino.preprocess(decoded) };
  };
  const prepared = await timed(() => Promise.all(bytes.map(prepare)));
  const ready = prepared.result.flatMap((image) => image ?? []);
  const encodedClip = await timed(() => clip.encode(ready.map((image) => image.clip)));
  const encodedDino = await timed(() => dino.encode(ready.map((image) => image.dino)));
  const whole = await timed(async () => {
    const config = parseConfig({
      models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' },
      database: { persist_directory: join(folder, 'chromadb') },
    });
    await using pipeline = await EmbeddingPipeline.create({ config });
    return await pipeline.processReferences({ referenceDir: referencesDirectory });
  });

  const rows = [
    ['decode and preprocess', prepared.seconds],
    ['encode, clip place', encodedClip.seconds],
    ['encode, dino place', encodedDino.seconds],
    ['whole run, server and models included', whole.seconds],
  ] as const;
  const lines = rows.map(([part, seconds]) => `  ${part.padEnd(40)}${rate(ready.length, seconds)}`);
  process.stdout.write(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${ready.length} images\n` +
      `${lines.join('\n')}\n`,
  );
} finally {
  await rm(folder, { recursive: true });
}

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now();
  const result = await run();
  return { result, seconds: (performance.now() - startedAt) / 1000 };
}

function rate(images: number, seconds: number): string {
  return `${(images / seconds).toFixed(1).padStart(8)} img/s ${seconds.toFixed(2).padStart(8)} s`;
}
