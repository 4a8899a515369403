import { FashionMatchError, type ItemSource, type OnLeftOut, type SourceEntry } from '@fashionmatch/domain';

import type { StoredIndex } from './stored-index.js';

/** A larger share than this is more likely a folder that is not mounted than a tidy-up. */
const LARGEST_SHARE = 0.5;

/**
 * The ids of a source's stored items whose image file is gone, or whose listing no batch has any more.
 * Goes through the whole listing. A file that is still there is never vanished, whatever was listed.
 *
 * @param allowMost Lets more than half of the source's items go.
 * @throws FashionMatchError `SOURCE_UNREADABLE` when the listing is empty, is not whole (for want of permission or by
 *   a pattern of the user's), or would take more than half of the items.
 */
export async function vanishedItems(
  source: ItemSource,
  list: (onLeftOut: OnLeftOut) => AsyncIterable<SourceEntry>,
  index: StoredIndex,
  allowMost: boolean,
): Promise<string[]> {
  const listed = new Set<string>();
  let entriesSeen = 0;
  let excluded = 0;
  const entries = list(({ reason }) => {
    if (reason === 'excluded') excluded++;
  });
  for await (const entry of entries) {
    entriesSeen++;
    if (entry.kind === 'fault') {
      if (entry.failure.code === 'BATCH_INVALID') throw refusal(`${entry.failure.path} cannot be read`);
      listed.add(entry.failure.itemId);
    } else if (entry.recognisedBy === 'id') {
      listed.add(entry.itemId);
    }
  }
  if (entriesSeen === 0) throw refusal('it lists nothing');

  if (source.name === 'scraped' && excluded > 0) {
    throw refusal(`${String(excluded)} of its files and folders are excluded, whose listings are not gone`);
  }

  const ours = index.ofSource(source.name);
  const vanished: string[] = [];
  for (const { itemId, filePath } of ours) {
    const isThere = source.name === 'scraped' ? listed.has(itemId) : await source.exists(filePath);
    if (!isThere) vanished.push(itemId);
  }
  if (!allowMost && vanished.length > ours.length * LARGEST_SHARE) {
    throw refusal(
      `${String(vanished.length)} of ${String(ours.length)} stored items would go: add --yes if that is right`,
    );
  }
  return vanished;

  function refusal(why: string): FashionMatchError {
    return new FashionMatchError('SOURCE_UNREADABLE', `Nothing of ${source.name} is pruned: ${why}.`);
  }
}
