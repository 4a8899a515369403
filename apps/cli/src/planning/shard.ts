import { createHash } from 'node:crypto';

import type { SourceEntry } from '@fashionmatch/domain';

/** One of `count` parts of a listing, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Whether an entry is in a part. Every id is in one of them, the same one on every machine. */
export function inShard({ index, count }: Shard): (entry: SourceEntry) => boolean {
  return (entry) => {
    const id = entry.kind === 'item' ? entry.itemId : entry.failure.itemId;
    return (createHash('sha256').update(id).digest().readUIntBE(0, 6) % count) + 1 === index;
  };
}
