import { resolve } from 'node:path';

import {
  FashionMatchError,
  perSpace,
  perSpaceAsync,
  reasonOf,
  type ArchivedItem,
  type ArchiveEntry,
  type DualEmbedding,
  type EmbeddedItem,
  type EmbeddingJournal,
  type EncoderFingerprint,
  type Logger,
  type OpenedItemArchive,
  type PerSpace,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from '../batches.js';
import { RandomSample, strangenessOf, vectorsOfImages } from '../image-comparison.js';
import { NO_JOURNAL } from '../no-journal.js';
import { progressLog } from '../progress-log.js';
import { SILENT_LOGGER } from '../silent.js';
import { requireSameEncoders, type NamedEncoders } from './archive-encoders.js';
import { withBothVectors, withContentHash, type CompletionTools } from './complete-items.js';
import type { TransferFailure } from './transfer-failure.js';

/** Images that are encoded to see whether an archive's vectors are theirs: some seconds' work. */
const SAMPLE = 50;

type ItemEntry = Extract<ArchiveEntry, { readonly kind: 'item' }>;
type Recall = Pick<EmbeddingJournal, 'getVectors' | 'getImported'>;

export interface ImportTools extends CompletionTools {
  readonly fileExists: (path: string) => Promise<boolean>;
}

export interface ImportOptions {
  /** Those of the store. */
  readonly encoders: PerSpace<EncoderFingerprint>;
  /** Items an upsert. */
  readonly batchSize: number;
  /** Has vectors of images that were encoded here: what an archive says of those is compared with them. */
  readonly journal?: Recall | undefined;
  /** What encodes the images that are here, to compare, and for what the archive lacks; else it is taken on trust. */
  readonly tools?: ImportTools | undefined;
  /** What made the vectors of an archive that does not say it. */
  readonly named?: NamedEncoders | undefined;
  /** Whether all images that are here are encoded, rather than {@link SAMPLE} of them. */
  readonly check?: boolean | undefined;
  readonly logger?: Logger | undefined;
  /** Stops the import after the batch that it is at. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportReport {
  readonly newItems: number;
  /** Items that were stored before, and are now as the archive has them. */
  readonly replacedItems: number;
  /** Items whose vectors were compared with what their images give. */
  readonly comparedItems: number;
  /** Items of which a vector was made here, for the archive has none. */
  readonly encodedItems: number;
  readonly failures: readonly TransferFailure[];
}

/**
 * Stores the items of an archive, a batch at a time: what was stored before an error or a stop stays, and an item
 * that is stored already is replaced. One row's fault does not touch the others. Before anything is stored, vectors
 * are compared with what the images give that are here.
 *
 * @param store a journaled one, where the vectors are to outlive it.
 * @throws FashionMatchError `ENCODER_MISMATCH` as {@link requireSameEncoders} does; `SOURCE_UNREADABLE` when a vector
 *   of a sample is not its image's, for then nothing is known of the others; else as
 *   {@link OpenedItemArchive.entries} and the store do.
 */
export async function importItems(
  store: VectorStore,
  archive: OpenedItemArchive,
  options: ImportOptions,
): Promise<ImportReport> {
  const { encoders, batchSize, journal = NO_JOURNAL, logger = SILENT_LOGGER, signal } = options;
  requireSameEncoders(archive, encoders, options.named);
  const { strange, compared } = await compareWithImages(archive, { ...options, journal });
  const [first] = strange.values();
  if (first && !options.check) throw strangeArchive(archive, first);
  const failures: TransferFailure[] = [...strange.values()];
  const seen = new Set<string>();
  let [newItems, replacedItems, encodedItems] = [0, 0, 0];
  const say = progressLog(logger, 'Imported', archive.size);

  for await (const entries of batches(archive.entries(encoders), batchSize)) {
    if (signal?.aborted) break;
    const good = entries.filter((entry): entry is ItemEntry => {
      const failure = failureOf(entry, seen);
      if (failure) failures.push(failure);
      return failure === undefined && entry.kind === 'item' && !strange.has(entry.row);
    });
    const rows = new Map(good.map(({ row, item }) => [item.item.itemId, row]));
    const fail = (itemId: string, code: TransferFailure['code'], reason: string): void => {
      failures.push({ itemId: reasonOf(itemId), row: rows.get(itemId), code, reason });
      rows.delete(itemId);
    };
    const items = await complete(good.map(({ item }) => item), { ...options, journal, fail }); // prettier-ignore
    encodedItems += good.filter(({ item }) => rows.has(item.item.itemId) && lacksVector(item)).length;
    const before = await store.filterStored([...rows.keys()]);
    for (const { itemId, reason } of (await store.upsert(items)).failures) fail(itemId, 'STORE_REFUSED', reason);
    for (const itemId of rows.keys()) {
      if (before.has(itemId)) replacedItems++;
      else newItems++;
    }
    say(newItems + replacedItems + failures.length);
  }
  return { newItems, replacedItems, comparedItems: compared, encodedItems, failures };
}

const lacksVector = ({ embeddings }: ArchivedItem): boolean => !embeddings.clip || !embeddings.dino;

interface Completion extends Pick<ImportOptions, 'encoders' | 'tools'> {
  readonly journal: Recall;
  readonly fail: (itemId: string, code: TransferFailure['code'], reason: string) => void;
}

/** The items as they are to be stored: with the vectors that were made of their images here, where there are such. */
async function complete(
  items: readonly ArchivedItem[],
  { encoders, tools, journal, fail }: Completion,
): Promise<EmbeddedItem[]> {
  const hashed = await identified(items, tools, (item, reason) => {
    fail(item.item.itemId, 'ITEM_INVALID', reason);
  });
  const made = await madeHere(hashed, encoders, journal);
  const known = hashed.map((item) => ({ ...item, embeddings: made.get(item.item.itemId) ?? item.embeddings }));
  return (await withBothVectors(known, tools)).flatMap((outcome, i) => {
    if (!('reason' in outcome)) return [outcome];
    fail(known[i]?.item.itemId ?? '', 'ITEM_INVALID', outcome.reason);
    return [];
  });
}

/** Those of the items whose images are known by their content, or can be. */
async function identified(
  items: readonly ArchivedItem[],
  tools: ImportTools | undefined,
  onIncomplete?: (item: ArchivedItem, reason: string) => void,
): Promise<ArchivedItem[]> {
  const found: ArchivedItem[] = [];
  for (const item of items) {
    const outcome = await withContentHash(item, tools);
    if ('reason' in outcome) onIncomplete?.(item, outcome.reason);
    else found.push(outcome);
  }
  return found;
}

interface Comparison {
  /** By row. */
  readonly strange: ReadonlyMap<number, TransferFailure>;
  readonly compared: number;
}

/** What was encoded here is compared in any case; images are encoded for a sample, or for all. */
async function compareWithImages(
  archive: OpenedItemArchive,
  { encoders, batchSize, journal, tools, check = false, signal }: ImportOptions & { readonly journal: Recall },
): Promise<Comparison> {
  const strange = new Map<number, TransferFailure>();
  let compared = 0;
  const compare = (entries: readonly ItemEntry[], ofImages: ReadonlyMap<string, DualEmbedding>): void => {
    for (const { row, item } of entries) {
      const ofImage = ofImages.get(item.item.itemId);
      if (ofImage === undefined) continue;
      compared++;
      const reason = strangenessOf(item, ofImage);
      if (reason !== undefined)
        strange.set(row, { itemId: reasonOf(item.item.itemId), row, code: 'ITEM_INVALID', reason });
    }
  };
  const encodeAndCompare = async (entries: readonly ItemEntry[]): Promise<void> => {
    if (tools === undefined) return;
    const items = await identified(entries.map(({ item }) => item), tools); // prettier-ignore
    compare(entries, await vectorsOfImages(items, tools));
  };
  const sample = new RandomSample<ItemEntry>(SAMPLE);
  for await (const page of batches(archive.entries(encoders), batchSize)) {
    if (signal?.aborted) return { strange, compared };
    const entries = page.filter((entry) => entry.kind === 'item');
    const made = await madeHere(entries.map(({ item }) => item), encoders, journal); // prettier-ignore
    compare(entries, made);
    const others = entries.filter(({ item }) => !made.has(item.item.itemId));
    if (check) await encodeAndCompare(others);
    else for (const entry of others) if (await tools?.fileExists(imagePath(entry.item, tools))) sample.offer(entry);
  }
  await encodeAndCompare(sample.values);
  return { strange, compared };
}

/** A path that begins nowhere begins at the root. */
const imagePath = ({ provenance }: ArchivedItem, { root }: ImportTools): string =>
  provenance.contentSha256 === '' ? resolve(root, provenance.filePath) : provenance.filePath;

/** Vectors of items' images that were encoded here, by item id. */
async function madeHere(
  items: readonly ArchivedItem[],
  encoders: PerSpace<EncoderFingerprint>,
  journal: Recall,
): Promise<Map<string, DualEmbedding>> {
  const hashes = items.map(({ provenance }) => provenance.contentSha256);
  const known = await perSpaceAsync(async (space) => {
    const { id } = encoders[space];
    const [vectors, imported] = await Promise.all([journal.getVectors(id, hashes), journal.getImported(id, hashes)]);
    for (const hash of imported) vectors.delete(hash);
    return vectors;
  });
  return new Map(
    items.flatMap(({ item, provenance }): [string, DualEmbedding][] => {
      const { clip, dino } = perSpace((space) => known[space].get(provenance.contentSha256));
      return clip && dino ? [[item.itemId, { clip, dino }]] : [];
    }),
  );
}

function strangeArchive({ name }: OpenedItemArchive, { itemId, row, reason }: TransferFailure): FashionMatchError {
  return new FashionMatchError(
    'SOURCE_UNREADABLE',
    `Nothing was imported from ${reasonOf(name)}: of ${itemId} (row ${String(row)}), ${reason}. Have it exported again, ` +
      'or leave out what is wrong with `fashionmatch import --check`.',
  );
}

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
