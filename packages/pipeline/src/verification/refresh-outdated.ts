import { EMBEDDING_SPACES } from '@fashionmatch/domain';

import { batches } from '../batches.js';
import { viewItems, type StoreUnderTest } from './store-under-test.js';
import type { StoreSurvey } from './survey-tally.js';

const PAGE = 1000;

/** Brings what an earlier version wrote into today's form; says of how many items. Both halves must be in step. */
export async function refreshOutdated(
  store: StoreUnderTest,
  { outdatedIds }: Pick<StoreSurvey, 'outdatedIds'>,
  signal?: AbortSignal,
): Promise<number> {
  const refused = new Set<string>();
  for await (const ids of batches(outdatedIds, PAGE)) {
    signal?.throwIfAborted();
    const views = await viewItems(store, EMBEDDING_SPACES, ids);
    for (const space of EMBEDDING_SPACES) {
      const items = views.flatMap(({ rows }) => (rows[space]?.outdated ? (rows[space].stored ?? []) : []));
      for (const { itemId, reason } of await store.halves[space].refresh(items)) {
        refused.add(itemId);
        store.logger.warn(`Not brought into today's form: ${reason}`, { item_id: itemId, space });
      }
    }
  }
  return outdatedIds.size - refused.size;
}
