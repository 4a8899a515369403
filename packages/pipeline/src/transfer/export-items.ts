import {
  EMBEDDING_SPACES,
  FashionMatchError,
  lengthOf,
  perSpace,
  perSpaceAsync,
  UNIT_LENGTH_TOLERANCE,
  type ArchiveWriteOptions,
  type EmbeddedItem,
  type EmbeddingJournal,
  type EncoderFingerprint,
  type ItemArchive,
  type Logger,
  type PerSpace,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import { NO_JOURNAL } from '../no-journal.js';
import { progressLog } from '../progress-log.js';
import { SILENT_LOGGER } from '../silent.js';
import type { TransferFailure } from './transfer-failure.js';

/** Items read from the store at once: 5 MB on their way from a Chroma server, and a row group of 2 MB. More is no faster. */
const PAGE_SIZE = 500;

export interface ExportOptions extends ArchiveWriteOptions {
  /** Has the vectors as they were encoded, where a store may round them; the store's own are taken for the others. */
  readonly journal?: Pick<EmbeddingJournal, 'getVectors'> | undefined;
  readonly logger?: Logger | undefined;
  /** Stops the export: nothing is written then, and the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface ExportReport {
  /** Items in the archive. */
  readonly items: number;
  /** Items that are stored but not in the archive. */
  readonly failures: readonly TransferFailure[];
}

/**
 * Writes every stored item to an archive. Items that are removed meanwhile may be missing.
 *
 * @param options.encoders those of the store.
 * @throws FashionMatchError `SOURCE_UNREADABLE` when the store is empty, or has no item to hand on: what was there
 *   before stays then. Else as {@link ItemArchive.write} and the store do.
 */
export async function exportItems(
  store: VectorStore,
  archive: ItemArchive,
  { encoders, overwrite, journal = NO_JOURNAL, logger = SILENT_LOGGER, signal }: ExportOptions,
): Promise<ExportReport> {
  const total = await store.count();
  if (total === 0) throw new FashionMatchError('SOURCE_UNREADABLE', 'The store is empty: there is nothing to export.');
  const failures: TransferFailure[] = [];
  let items = 0;
  const say = progressLog(logger, 'Exported', total);

  async function* pages(): AsyncGenerator<EmbeddedItem[]> {
    for await (const ids of batches(store.getAllIds(), PAGE_SIZE)) {
      signal?.throwIfAborted();
      const page: EmbeddedItem[] = [];
      for (const item of await asEncoded(await store.getByIds(ids), encoders, journal)) {
        const reason = faultOf(item, encoders);
        if (reason === undefined) page.push(item);
        else failures.push({ itemId: item.item.itemId, code: 'ITEM_INVALID', reason });
      }
      yield page;
      items += page.length;
      say(items);
    }
    // Nothing takes its place before this: an empty archive instead of a full one is hardly ever what was meant.
    if (items === 0) throw nothingToHandOn(failures);
  }
  await archive.write(pages(), { encoders, overwrite });
  return { items, failures };
}

function nothingToHandOn(failures: readonly TransferFailure[]): FashionMatchError {
  const reasons = [...new Set(failures.map(({ reason }) => reason))].join('; or ');
  const why = reasons === '' ? 'all were removed meanwhile' : reasons;
  return new FashionMatchError('SOURCE_UNREADABLE', `No stored item can be exported, and nothing was written: ${why}.`);
}

/** The items with the vectors that the journal has of their images. */
async function asEncoded(
  items: readonly EmbeddedItem[],
  encoders: PerSpace<EncoderFingerprint>,
  journal: Pick<EmbeddingJournal, 'getVectors'>,
): Promise<EmbeddedItem[]> {
  const hashes = items.map(({ provenance }) => provenance.contentSha256);
  const known = await perSpaceAsync((space) => journal.getVectors(encoders[space].id, hashes));
  return items.map((item) => {
    const { contentSha256 } = item.provenance;
    return { ...item, embeddings: perSpace((space) => known[space].get(contentSha256) ?? item.embeddings[space]) };
  });
}

/** Why an item is nothing to hand on, if so. */
function faultOf({ provenance, embeddings }: EmbeddedItem, encoders: PerSpace<EncoderFingerprint>): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(provenance.contentSha256)) {
    return 'another program stored it, and nothing says what made its vectors: run `fashionmatch embed` on its image';
  }
  const broken = EMBEDDING_SPACES.find((space) => {
    const vector = embeddings[space];
    const isUnit = Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE;
    return !isUnit || vector.length !== encoders[space].dimensions;
  });
  return broken && `its ${broken} vector is damaged: run \`fashionmatch verify --repair\``;
}
