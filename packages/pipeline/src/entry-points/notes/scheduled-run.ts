import { z } from 'zod';

import type { AppConfig } from '../../config/app-config.js';
import { storeNote, type StoreNote } from './store-note.js';

const scheduledRunSchema = z.object({ schema_version: z.literal(1), started_at: z.iso.datetime() });

/** When the last scheduled run began that came to its end; undefined where none is known, as of a store that has no folder. */
export async function lastScheduledRun(config: AppConfig): Promise<Date | undefined> {
  const run = await (await noteOf(config))?.read();
  return run && new Date(run.started_at);
}

/** Notes beside the embedded store that a scheduled run came to its end, so that it is not made up for. */
export async function recordScheduledRun(config: AppConfig, startedAt: Date): Promise<void> {
  await (await noteOf(config))?.write({ schema_version: 1, started_at: startedAt.toISOString() });
}

const noteOf = (config: AppConfig): Promise<StoreNote<z.output<typeof scheduledRunSchema>> | undefined> =>
  storeNote(config, 'schedule', scheduledRunSchema);
