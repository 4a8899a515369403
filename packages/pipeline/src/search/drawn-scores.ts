import { setImmediate } from 'node:timers/promises';

import { sampleScores, seededRandom, type PerSpace, type ScoreSample, type VectorStore } from '@fashionmatch/domain';

import { RandomSample } from '../image-comparison.js';

/** Forty thousand pairs: of those at 99.9 %, forty. */
const ITEMS = 1_000;

/** Draws items of a store, and compares them with each other. @param least the cosines that copies have at least. */
export async function drawScores(
  store: Pick<VectorStore, 'getAllIds' | 'getByIds'>,
  least: PerSpace<number>,
): Promise<ScoreSample> {
  const drawn = await RandomSample.of(store.getAllIds(), ITEMS);
  const stored = await store.getByIds(drawn.values);
  const embeddings = stored.map(({ embeddings }) => embeddings);
  return sampleScores(embeddings, least, seededRandom(1), () => setImmediate());
}
