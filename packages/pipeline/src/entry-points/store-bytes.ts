import type { AppConfig } from '../config/app-config.js';
import { SILENT_LOGGER } from '../silent.js';

/** The bytes on disk of the embedded store that the configuration names; undefined for a server of one's own. */
export async function storeBytes(config: AppConfig): Promise<number | undefined> {
  const { folderSize, storeEngine } = await import('../container/store-engine.js');
  const { folder } = storeEngine(config, { access: 'read', logger: SILENT_LOGGER });
  return folder === undefined ? undefined : folderSize(folder);
}
