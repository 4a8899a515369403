import type { Logger, StoreStatus } from '@fashionmatch/domain';

import type { AppConfig } from '../config/config.js';

/**
 * Looks at the store that the configuration names. Joins a server that runs, needs no model, and creates nothing.
 *
 * @throws VectorStoreError when there is a store that cannot be reached.
 */
export async function readStoreStatus(
  config: AppConfig,
  { logger }: { readonly logger: Logger },
): Promise<StoreStatus> {
  const { storeEngine } = await import('../container/store-engine.js');
  await using engine = storeEngine(config, { access: 'read', logger });
  return await engine.status();
}
