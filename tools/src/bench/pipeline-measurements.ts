import { join } from 'node:path';

import type { EmbeddedItem } from '@fashionmatch/domain';
import { randomEmbedding, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, parseConfig, type OpenOptions } from '@fashionmatch/pipeline';

import { measured, type Measurement, type MeasurementJob } from './measurement.js';

export const BATCH_SIZE = 32;
const DIMENSIONS = { clip: 512, dino: 384 };

export function openPipeline(
  { modelsDirectory, workDirectory, precision }: MeasurementJob,
  options: Pick<OpenOptions, 'progress'> = {},
): Promise<EmbeddingPipeline> {
  const config = parseConfig({
    models: {
      clip_model: join(modelsDirectory, 'clip-vit-base-patch32'),
      dino_model: join(modelsDirectory, 'dinov2-small'),
      precision,
    },
    database: { persist_directory: join(workDirectory, 'chromadb') },
  });
  return EmbeddingPipeline.create({ config, ...options });
}

/** The whole run, with an embedded Chroma and a journal; server and models are ready before. */
export async function measurePipeline(job: MeasurementJob): Promise<Measurement> {
  await using pipeline = await openPipeline(job);
  await pipeline.scorer.encoders();
  return await measured(job.images, async () => {
    const stats = await pipeline.processReferences({ referenceDir: job.imagesDirectory, limit: job.images });
    if (stats.processedItems !== job.images) throw new Error(`Only ${String(stats.processedItems)} were embedded`);
  });
}

/** Storing alone, as the pipeline does: to the journal and to both collections. */
export async function measureStore(job: MeasurementJob): Promise<Measurement> {
  await using pipeline = await openPipeline(job);
  const random = seededRandom(1);
  const items: EmbeddedItem[] = Array.from({ length: job.images }, (_, i) => {
    const contentSha256 = i.toString(16).padStart(64, '0');
    const item = sampleItem(`bench-${String(i)}`, DIMENSIONS, { provenance: { contentSha256 } });
    return { ...item, embeddings: randomEmbedding(DIMENSIONS, random) };
  });
  return await measured(items.length, async () => {
    for (let at = 0; at < items.length; at += BATCH_SIZE) {
      await pipeline.vectorStore.upsert(items.slice(at, at + BATCH_SIZE));
    }
  });
}
