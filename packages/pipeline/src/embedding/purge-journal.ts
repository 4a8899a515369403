import type { EmbeddingJournal } from '@fashionmatch/domain';

import { batches } from '../batches.js';

const ITEMS_AT_ONCE = 1000;

/**
 * Forgets all items of a journal, and the vectors that only they used. What items of other collections share with
 * them stays.
 */
export async function purgeJournal(journal: EmbeddingJournal): Promise<void> {
  for await (const items of batches(journal.getItems(), ITEMS_AT_ONCE)) {
    await journal.remove(items.map(({ item }) => item.itemId));
  }
  await journal.compact();
}
