import { setImmediate } from 'node:timers/promises';

import {
  sampleScores,
  seededRandom,
  type DualEmbedding,
  type PerSpace,
  type ScoreSample,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import { RandomSample } from '../image-comparison.js';

/** Forty thousand pairs: of those at 99.9 %, forty. */
const ITEMS = 1_000;

/** Their vectors come as text, which is read in a few milliseconds, and nothing else happens meanwhile. */
const READ_AT_ONCE = 50;

/** Draws items of a store, and compares them with each other. @param least the cosines that copies have at least. */
export async function drawScores(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds'>,
  least: PerSpace<number>,
): Promise<ScoreSample> {
  const drawn = await RandomSample.of(store.getAllIds(), ITEMS);
  const embeddings: DualEmbedding[] = [];
  for await (const ids of batches(drawn.values, READ_AT_ONCE)) {
    for (const stored of await store.getByIds(ids)) embeddings.push(stored.embeddings);
  }
  return sampleScores(embeddings, least, seededRandom(1), () => setImmediate());
}
