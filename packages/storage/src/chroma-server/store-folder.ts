import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { livenessOf } from './process-identity.js';
import type { StoreHolder } from './store-holder.js';
import { readStoreHolder } from './store-lock.js';

/** Who works on a data directory now; undefined when nobody does, or whoever did has died. */
export async function findStoreHolder(directory: string): Promise<StoreHolder | undefined> {
  const holder = await readStoreHolder(directory);
  return holder !== undefined && (await livenessOf(holder)) !== 'gone' ? holder : undefined;
}

/** The bytes of all files below a folder; 0 where there is none. Files may come and go meanwhile. */
export async function folderSize(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (name) => {
      const found = await stat(join(directory, name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
