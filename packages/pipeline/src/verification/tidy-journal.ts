import type { StoreUnderTest } from './store-under-test.js';
import { pagesOfIds, viewItems } from './store-under-test.js';

/**
 * Makes the journal forget the vectors of contents that no item has, after it has got to know every item of the
 * store. Both halves must be in step.
 *
 * @returns how many vectors it forgot.
 */
export async function tidyJournal(store: StoreUnderTest, signal?: AbortSignal): Promise<number> {
  const { journal } = store;
  for await (const ids of pagesOfIds(store, ['clip'])) {
    signal?.throwIfAborted();
    const known = new Set((await journal.getItemsByIds(ids)).map(({ item }) => item.itemId));
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length === 0) continue;
    const views = await viewItems(store, ['clip'], unknown);
    await journal.updateItems(views.flatMap(({ rows }) => rows.clip?.stored ?? []));
  }
  return journal.compact();
}
