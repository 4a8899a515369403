import {
  EMBEDDING_SPACES,
  FashionMatchError,
  reasonOf,
  waysToUse,
  type ArchiveEntry,
  type EmbeddedItem,
  type EncoderFingerprint,
  type Logger,
  type OpenedItemArchive,
  type PerSpace,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from './batches.js';
import { progressLog } from './progress-log.js';
import { SILENT_LOGGER } from './silent.js';
import type { TransferFailure } from './transfer-failure.js';

export interface ImportOptions {
  /** Those of the store. */
  readonly encoders: PerSpace<EncoderFingerprint>;
  /** Items an upsert. */
  readonly batchSize: number;
  readonly logger?: Logger | undefined;
  /** Stops the import after the batch that it is at. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportReport {
  readonly newItems: number;
  /** Items that were stored before, and are now as the archive has them. */
  readonly replacedItems: number;
  readonly failures: readonly TransferFailure[];
}

/**
 * Stores the items of an archive, a batch at a time: what was stored before an error or a stop stays, and an item
 * that is stored already is replaced. One row's fault does not touch the others.
 *
 * @param store a journaled one, where the vectors are to outlive it.
 * @throws FashionMatchError `ENCODER_MISMATCH` as {@link requireSameEncoders} does; else as
 *   {@link OpenedItemArchive.entries} and the store do.
 */
export async function importItems(
  store: VectorStore,
  archive: OpenedItemArchive,
  { encoders, batchSize, logger = SILENT_LOGGER, signal }: ImportOptions,
): Promise<ImportReport> {
  requireSameEncoders(archive, encoders);
  const failures: TransferFailure[] = [];
  const seen = new Set<string>();
  let [newItems, replacedItems] = [0, 0];
  const say = progressLog(logger, 'Imported', archive.size);

  for await (const entries of batches(archive.entries(), batchSize)) {
    if (signal?.aborted) break;
    const rows = new Map<string, number>();
    const items: EmbeddedItem[] = [];
    for (const entry of entries) {
      const failure = failureOf(entry, seen);
      if (failure) failures.push(failure);
      if (failure || entry.kind === 'fault') continue;
      items.push(entry.item);
      rows.set(entry.item.item.itemId, entry.row);
    }
    const before = await store.filterStored([...rows.keys()]);
    const refused = (await store.upsert(items)).failures;
    for (const { itemId, reason } of refused) {
      failures.push({ itemId: reasonOf(itemId), row: rows.get(itemId), code: 'STORE_REFUSED', reason });
      rows.delete(itemId);
    }
    for (const itemId of rows.keys()) {
      if (before.has(itemId)) replacedItems++;
      else newItems++;
    }
    say(newItems + replacedItems + failures.length);
  }
  return { newItems, replacedItems, failures };
}

/**
 * Vectors of two encoders cannot be compared, whatever their dimensions.
 *
 * @throws FashionMatchError `ENCODER_MISMATCH` when the archive's vectors are not of these encoders.
 */
export function requireSameEncoders(
  archive: Pick<OpenedItemArchive, 'name' | 'encoders'>,
  encoders: PerSpace<EncoderFingerprint>,
): void {
  for (const space of EMBEDDING_SPACES) {
    const [theirs, ours] = [archive.encoders[space], encoders[space]];
    if (theirs.id === ours.id && theirs.dimensions === ours.dimensions) continue;
    throw new FashionMatchError(
      'ENCODER_MISMATCH',
      `The archive ${reasonOf(archive.name)} holds ${space} vectors of ${named(theirs)}, but ${named(ours)} is ` +
        `configured: ${waysToUse(theirs.id, space, ours, ['run `fashionmatch embed` on the images instead'])}.`,
    );
  }
}

const named = ({ id, dimensions }: EncoderFingerprint): string => `${reasonOf(id)} (${String(dimensions)} dimensions)`;

/** Why a row is not to be stored, if so. */
function failureOf(entry: ArchiveEntry, seen: Set<string>): TransferFailure | undefined {
  const { row } = entry;
  if (entry.kind === 'fault') return { itemId: entry.itemId, row, code: 'ITEM_INVALID', reason: entry.reason };
  const { itemId } = entry.item.item;
  if (seen.has(itemId)) {
    const reason = 'its id occurs a second time in the archive';
    return { itemId: reasonOf(itemId), row, code: 'ITEM_INVALID', reason };
  }
  seen.add(itemId);
  return undefined;
}
