import type { StoredItem, UpsertFailure } from '@fashionmatch/domain';

import { toChromaRecord, type ChromaRecord } from './chroma-record.js';
import type { RequestLimits } from './connection/request-limits.js';

/**
 * Writes the items that fit what the server takes, and gives those that were refused. What it takes may be found out only
 * meanwhile: an item that was refused then is tried once more, in the form that fits.
 *
 * @param rest What else is to be written of an item.
 */
export async function writeFitting<Item extends StoredItem, Rest extends object>(
  items: readonly Item[],
  limits: RequestLimits,
  rest: (item: Item) => Rest,
  write: (records: (ChromaRecord & Rest)[]) => Promise<UpsertFailure[]>,
): Promise<UpsertFailure[]> {
  const failures: UpsertFailure[] = [];
  for (let left = [...items]; left.length > 0;) {
    const { lessons } = limits;
    const records: (ChromaRecord & Rest)[] = [];
    for (const stored of left) {
      const record = toChromaRecord(stored, limits);
      if ('refusal' in record) failures.push({ itemId: stored.item.itemId, reason: record.refusal });
      else records.push({ ...record, ...rest(stored) });
    }
    const refused = await write(records);
    if (limits.lessons === lessons) return [...failures, ...refused];
    const ids = new Set(refused.map(({ itemId }) => itemId));
    left = left.filter(({ item }) => ids.has(item.itemId));
  }
  return failures;
}
