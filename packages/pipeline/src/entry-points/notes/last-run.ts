import type { PipelineStats } from '@fashionmatch/domain';
import { z } from 'zod';

import type { AppConfig } from '../../config/app-config.js';
import { storeNote, type StoreNote } from './store-note.js';

/** Fewer say more about starting up than about encoding. */
const ENOUGH_IMAGES = 10;

const lastRunSchema = z.object({
  clip_model: z.string(),
  dino_model: z.string(),
  images_per_second: z.number().positive(),
});

/** Notes how fast a run was, beside the embedded store: later estimates of time come from it. */
export async function recordLastRun(config: AppConfig, results: readonly PipelineStats[]): Promise<void> {
  const images = results.reduce((sum, { processedItems }) => sum + processedItems, 0);
  const seconds = results.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  if (images < ENOUGH_IMAGES || seconds <= 0) return;
  const { clipModel, dinoModel } = config.models;
  const run = { clip_model: clipModel, dino_model: dinoModel, images_per_second: images / seconds };
  await (await noteOf(config))?.write(run);
}

/** Images a second of the last run with the configured models; undefined when there was none. */
export async function lastRunRate(config: AppConfig): Promise<number | undefined> {
  const run = await (await noteOf(config))?.read();
  const { clipModel, dinoModel } = config.models;
  if (run?.clip_model !== clipModel || run.dino_model !== dinoModel) return undefined;
  return run.images_per_second;
}

const noteOf = (config: AppConfig): Promise<StoreNote<z.output<typeof lastRunSchema>> | undefined> =>
  storeNote(config, 'last-run', lastRunSchema);
