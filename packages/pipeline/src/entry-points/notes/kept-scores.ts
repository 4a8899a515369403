import {
  perSpace,
  reasonOf,
  VectorStoreError,
  type Logger,
  type PipelineStats,
  type ScoreSample,
} from '@fashionmatch/domain';
import { z } from 'zod';

import type { AppConfig } from '../../config/app-config.js';
import { copyThresholds } from '../../duplicates/copy-thresholds.js';
import type { HybridScorer } from '../../hybrid-scorer.js';
import { drawScores } from '../../search/drawn-scores.js';
import type { EmbeddingPipeline } from '../embedding-pipeline.js';
import { storeNote, type StoreNote } from './store-note.js';

/** A store that has grown by more is looked at again. */
const GROWTH = 1.25;

/** Cosines are kept as whole numbers: to 0.00003. */
const STEPS = 32_767;

const keptSchema = z.object({
  schema_version: z.literal(1),
  encoders: z.object({ clip: z.string(), dino: z.string() }),
  items: z.int().min(0),
  scores: z.object({ clip: z.base64().max(1e6), dino: z.base64().max(1e6) }),
});

type KeptScores = z.infer<typeof keptSchema>;

/**
 * What unrelated items of the configured store score, as the last embedding run drew it; undefined where none did, or
 * another encoder's vectors were stored then.
 */
export async function keptScores(
  config: AppConfig,
  scorer: Pick<HybridScorer, 'handles'>,
): Promise<ScoreSample | undefined> {
  const kept = await (await noteOf(config))?.read();
  return kept && isOf(kept, scorer) ? { scores: perSpace((space) => unpacked(kept.scores[space])) } : undefined;
}

/**
 * Draws anew what unrelated items score, where a run has changed the store much, and keeps it beside the store.
 *
 * @param results of the run. One that changed nothing does not count the store, which takes as long as all else of it.
 */
export async function refreshScores(
  { config, vectorStore, scorer }: Pick<EmbeddingPipeline, 'config' | 'scorer' | 'vectorStore'>,
  results: readonly PipelineStats[],
  logger: Logger,
): Promise<void> {
  const note = await noteOf(config);
  if (note === undefined) return;
  try {
    const before = await note.read();
    const isOurs = before !== undefined && isOf(before, scorer);
    if (isOurs && results.every(({ processedItems, removedIds = [] }) => processedItems + removedIds.length === 0))
      return;
    const items = await vectorStore.count();
    const isCurrent = isOurs && items <= before.items * GROWTH && items >= before.items / GROWTH;
    if (isCurrent || items === 0) return;
    const { scores } = await drawScores(vectorStore, copyThresholds(scorer.handles));
    await note.write({
      schema_version: 1,
      encoders: perSpace((space) => scorer.handles[space].id),
      items,
      scores: perSpace((space) => packed(scores[space])),
    });
  } catch (thrown) {
    // What was stored is stored; a later run tries again.
    if (!(thrown instanceof VectorStoreError)) throw thrown;
    logger.warn(`What unrelated items score could not be found out: ${reasonOf(thrown)}`);
  }
}

function isOf({ encoders }: KeptScores, { handles }: Pick<HybridScorer, 'handles'>): boolean {
  return encoders.clip === handles.clip.id && encoders.dino === handles.dino.id;
}

function packed(scores: Float32Array): string {
  const bytes = Buffer.alloc(2 * scores.length);
  for (const [i, score] of scores.entries()) bytes.writeInt16LE(Math.round(score * STEPS), 2 * i);
  return bytes.toString('base64');
}

function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / STEPS);
}

const noteOf = (config: AppConfig): Promise<StoreNote<KeptScores> | undefined> =>
  storeNote(config, 'scores', keptSchema);
