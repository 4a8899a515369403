import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { MAIN_GENERATION } from '@fashionmatch/domain';
import type { z } from 'zod';

import type { AppConfig } from '../../config/app-config.js';
import { SILENT_LOGGER } from '../../silent.js';

/** A small JSON file beside the embedded store, of which nothing is missed where it is lost. */
export interface StoreNote<Content> {
  /** Undefined where there is none that can be read. */
  read(): Promise<Content | undefined>;
  /** The whole file, or as it was. */
  write(content: Content): Promise<void>;
}

/** Each generation has its own of each. */
type NoteName = 'last-run' | 'schedule' | 'scores';
const NAMES: readonly NoteName[] = ['last-run', 'schedule', 'scores'];

/** Undefined where the store has no folder. */
export async function storeNote<Schema extends z.ZodType>(
  asked: AppConfig,
  name: NoteName,
  schema: Schema,
): Promise<StoreNote<z.output<Schema>> | undefined> {
  const path = await pathOf(asked);
  if (path === undefined) return undefined;
  return {
    read: async () => {
      try {
        return schema.safeParse(JSON.parse(await readFile(path(name), 'utf8'))).data;
      } catch {
        return undefined;
      }
    },
    write: async (content) => {
      await writeFile(`${path(name)}.part`, JSON.stringify(content));
      await rename(`${path(name)}.part`, path(name));
    },
  };
}

/** Removes all notes of a generation. */
export async function removeNotes(asked: AppConfig): Promise<void> {
  const path = await pathOf(asked);
  if (path !== undefined) for (const name of NAMES) await rm(path(name), { force: true });
}

async function pathOf(asked: AppConfig): Promise<((name: NoteName) => string) | undefined> {
  const { storeEngine } = await import('../../container/store-engine.js');
  const { openedGeneration } = await import('../../container/opened-generation.js');
  const { folder } = storeEngine(asked, { access: 'read', logger: SILENT_LOGGER });
  if (folder === undefined) return undefined;
  const { database } = await openedGeneration(asked, { logger: SILENT_LOGGER });
  const { openedGeneration: generation = MAIN_GENERATION } = database;
  const end = generation === MAIN_GENERATION ? '' : `.${generation}`;
  return (name) => join(folder, `fashionmatch-${name}${end}.json`);
}
