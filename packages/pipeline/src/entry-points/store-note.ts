import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { z } from 'zod';

import type { AppConfig } from '../config/app-config.js';
import { SILENT_LOGGER } from '../silent.js';

/** A small JSON file beside the embedded store, of which nothing is missed where it is lost. */
export interface StoreNote<Content> {
  /** Undefined where there is none that can be read. */
  read(): Promise<Content | undefined>;
  /** The whole file, or as it was. */
  write(content: Content): Promise<void>;
}

/** Undefined where the store has no folder. @param name of the file. */
export async function storeNote<Schema extends z.ZodType>(
  config: AppConfig,
  name: string,
  schema: Schema,
): Promise<StoreNote<z.output<Schema>> | undefined> {
  const { storeEngine } = await import('../container/store-engine.js');
  const { folder } = storeEngine(config, { access: 'read', logger: SILENT_LOGGER });
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return {
    read: async () => {
      try {
        return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
      } catch {
        return undefined;
      }
    },
    write: async (content) => {
      await writeFile(`${path}.part`, JSON.stringify(content));
      await rename(`${path}.part`, path);
    },
  };
}
