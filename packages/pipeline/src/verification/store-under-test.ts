import {
  StoreBusyError,
  VectorStoreError,
  type EmbeddingJournal,
  type EmbeddingSpace,
  type EncoderFingerprint,
  type HalfRow,
  type Logger,
  type PerSpace,
  type StoreHalf,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import type { ItemView } from './item-faults.js';

/** A store, taken apart, with what is known of it elsewhere. Nobody else may write to it meanwhile. */
export interface StoreUnderTest {
  readonly halves: PerSpace<StoreHalf>;
  readonly journal: EmbeddingJournal;
  readonly encoders: PerSpace<EncoderFingerprint>;
  /** Whether there is a file at this path; true where that cannot be told. */
  readonly fileExists: (path: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** One half cannot be read; the other may be as sound as ever. */
export class HalfUnreadable extends VectorStoreError {
  readonly space: EmbeddingSpace;

  constructor(space: EmbeddingSpace, cause: VectorStoreError) {
    super(cause.code, cause.message, { cause });
    this.space = space;
  }
}

/** Items a request: what is in memory at once. */
const PAGE = 1000;

/** The ids that at least one of the halves has, each once. Writing meanwhile can hide some. */
export async function* pagesOfIds(
  { halves }: StoreUnderTest,
  readable: readonly EmbeddingSpace[],
): AsyncGenerator<string[]> {
  const [first, second] = readable;
  if (first === undefined) return;
  yield* pagesOf(first, halves[first]);
  if (second === undefined) return;
  for await (const ids of pagesOf(second, halves[second])) {
    const inFirst = await reading(first, () => halves[first].filterStored(ids));
    const others = ids.filter((id) => !inFirst.has(id));
    if (others.length > 0) yield others;
  }
}

/**
 * A page of items as the halves that can be read, and the journal, have them. The halves are read one after
 * the other: a half that its server dies of must not take a request to the other one with it.
 *
 * @throws HalfUnreadable
 */
export async function viewItems(
  { halves, journal, encoders }: StoreUnderTest,
  readable: readonly EmbeddingSpace[],
  itemIds: readonly string[],
): Promise<ItemView[]> {
  const rows = new Map<EmbeddingSpace, Map<string, HalfRow>>();
  const remembered = new Map<EmbeddingSpace, Map<string, Float32Array>>();
  for (const space of readable) {
    const found = await reading(space, () => halves[space].getRows(itemIds));
    rows.set(space, new Map(found.map((row) => [row.itemId, row])));
    const hashes = found.flatMap(({ stored }) => stored?.provenance.contentSha256 ?? []);
    remembered.set(space, await journal.getVectors(encoders[space].id, hashes));
  }
  return itemIds.map((itemId) => {
    const row = (space: EmbeddingSpace): HalfRow | undefined => rows.get(space)?.get(itemId);
    const vector = (space: EmbeddingSpace): Float32Array | undefined =>
      remembered.get(space)?.get(row(space)?.stored?.provenance.contentSha256 ?? '');
    return {
      itemId,
      rows: { clip: row('clip'), dino: row('dino') },
      remembered: { clip: vector('clip'), dino: vector('dino') },
    };
  });
}

/** Says which half it was that could not be read. A server that is only slow is no fault of the half. */
export async function reading<T>(space: EmbeddingSpace, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof VectorStoreError) || thrown instanceof StoreBusyError) throw thrown;
    throw new HalfUnreadable(space, thrown);
  }
}

async function* pagesOf(space: EmbeddingSpace, half: StoreHalf): AsyncGenerator<string[]> {
  const pages = batches(half.getAllIds(), PAGE);
  for (;;) {
    const page = await reading(space, () => pages.next());
    if (page.done) return;
    yield page.value;
  }
}
