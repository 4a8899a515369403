import { isOutOfStep, MAIN_GENERATION, type Logger, type StoreStatus } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { spotCheck, type SpotCheck } from '../verification/spot-check.js';

/** What is stored, and what a look at some of it came to. */
export interface CheckedStatus extends StoreStatus {
  /** Which generation of the store was looked at. */
  readonly generation: string;
  /** Undefined where nothing is stored, or it could not be looked at. */
  readonly spotCheck: SpotCheck | undefined;
}

/**
 * Looks at the store that the configuration names. Joins a server that runs, needs no model, and creates nothing.
 *
 * @throws VectorStoreError when there is a store that cannot be reached.
 */
export async function readStoreStatus(
  asked: AppConfig,
  { logger }: { readonly logger: Logger },
): Promise<CheckedStatus> {
  const { openedGeneration } = await import('../container/opened-generation.js');
  const config = await openedGeneration(asked, { logger });
  const { storeEngine } = await import('../container/store-engine.js');
  await using engine = storeEngine(config, { access: 'read', logger });
  const status = await engine.status();
  const generation = config.database.openedGeneration ?? MAIN_GENERATION;
  return { ...status, generation, spotCheck: await spotCheck(engine, status, logger) };
}

/** Whether there is anything that a repair would mend, as far as was looked. What is being written is on its way. */
export function hasDrift(status: CheckedStatus): boolean {
  const { holder, spotCheck } = status;
  return isOutOfStep(status) || (holder?.access !== 'write' && (spotCheck?.atFault ?? 0) > 0);
}
