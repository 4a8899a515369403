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
  for await (const ids of batches(outdatedIds, PAGE)) {
    signal?.throwIfAborted();
    const views = await viewItems(store, EMBEDDING_SPACES, ids);
    for (const space of EMBEDDING_SPACES) {
      await store.halves[space].refresh(views.flatMap(({ rows }) => (rows[space]?.outdated ? [rows[space]] : [])));
    }
  }
  return outdatedIds.size;
}
