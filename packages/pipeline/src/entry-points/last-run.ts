import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PipelineStats } from '@fashionmatch/domain';
import { z } from 'zod';

import type { AppConfig } from '../config/app-config.js';
import { SILENT_LOGGER } from '../silent.js';

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
  const path = await pathOf(config);
  if (path === undefined || images < ENOUGH_IMAGES || seconds <= 0) return;
  const { clipModel, dinoModel } = config.models;
  const run = { clip_model: clipModel, dino_model: dinoModel, images_per_second: images / seconds };
  await writeFile(`${path}.part`, JSON.stringify(run));
  await rename(`${path}.part`, path);
}

/** Images a second of the last run with the configured models; undefined when there was none. */
export async function lastRunRate(config: AppConfig): Promise<number | undefined> {
  const path = await pathOf(config);
  const text = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const run = lastRunSchema.safeParse(parseJson(text));
  const { clipModel, dinoModel } = config.models;
  if (!run.success || run.data.clip_model !== clipModel || run.data.dino_model !== dinoModel) return undefined;
  return run.data.images_per_second;
}

async function pathOf(config: AppConfig): Promise<string | undefined> {
  const { storeEngine } = await import('../container/store-engine.js');
  const { folder } = storeEngine(config, { access: 'read', logger: SILENT_LOGGER });
  return folder === undefined ? undefined : join(folder, 'fashionmatch-last-run.json');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
