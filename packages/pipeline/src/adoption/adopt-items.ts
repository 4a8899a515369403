import { EMBEDDING_SPACES, ItemError, perSpace, type EmbeddedItem, type StoredItem } from '@fashionmatch/domain';
import pMap from 'p-map';

import { sha256Of } from '../embedding/content-hash.js';
import { progressLog } from '../progress-log.js';
import { pagesOfIds, viewItems } from '../verification/store-under-test.js';
import { isKnown, locate, type LocatedItem, type StoreToAdopt } from './store-to-adopt.js';

/** Why one item was not taken over. */
export interface AdoptionFailure {
  readonly itemId: string;
  /** One sentence, without control characters. */
  readonly reason: string;
}

export interface AdoptedItems {
  readonly adopted: number;
  /** Of these: whose image was found nowhere. They keep their vectors, and the next run that finds it looks at it. */
  readonly withoutImage: readonly string[];
  readonly failures: readonly AdoptionFailure[];
}

export interface AdoptItemsOptions {
  /** False to find out only what would be written. */
  readonly write: boolean;
  /** Items that are stored. */
  readonly total: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes beside the vectors of each item what its image is, and gives both to the journal: the next run then finds
 * nothing to do. Of items that were taken over before this was stopped, no image is looked for or read again.
 */
export async function adoptItems(
  adopted: StoreToAdopt,
  { write, total, signal }: AdoptItemsOptions,
): Promise<AdoptedItems> {
  const { store } = adopted;
  const withoutImage: string[] = [];
  const failures: AdoptionFailure[] = [];
  let count = 0;
  const say = progressLog(store.logger, write ? 'Taken over' : 'Looked at', total);
  for await (const ids of pagesOfIds(store, EMBEDDING_SPACES)) {
    signal?.throwIfAborted();
    const views = await viewItems(store, EMBEDDING_SPACES, ids);
    const located = await locate(views, adopted);
    const faults = located.filter((one) => 'reason' in one);
    const described = await describe(located.filter((one) => 'item' in one), adopted, write); // prettier-ignore
    const isDone = new Set(
      views.flatMap(({ itemId, rows }) => (rows.clip?.stored?.provenance.contentSha256 ? [itemId] : [])),
    );
    const open = described.filter(({ item }) => !isDone.has(item.itemId));
    const refused = await writeBeside(open, adopted, write);
    failures.push(...faults, ...refused);
    const hopeless = new Set(refused.map(({ itemId }) => itemId));
    for (const { item, provenance } of described) {
      if (hopeless.has(item.itemId)) continue;
      count++;
      if (provenance.contentSha256 === '') withoutImage.push(item.itemId);
    }
    say(count + failures.length);
  }
  return { adopted: count, withoutImage, failures };
}

/** With what is to be said of the image of each; with nothing, where there is none. */
async function describe(
  located: readonly LocatedItem[],
  { tools }: StoreToAdopt,
  write: boolean,
): Promise<EmbeddedItem[]> {
  return pMap(
    located,
    async ({ item, file }) => {
      if (isKnown(item)) return item;
      const { source, filePath } = item.provenance;
      const none = { source, filePath, fileSize: 0, fileMtimeMs: 0, contentSha256: '' };
      if (file === undefined) return { ...item, provenance: none };
      const { path, size, mtimeMs } = file;
      // To find out what would be done, a file need not be read.
      const contentSha256 = write ? await hashOf(path, tools.readImage) : path;
      const provenance = { source, filePath: path, fileSize: size, fileMtimeMs: mtimeMs, contentSha256 };
      return { ...item, provenance: contentSha256 === '' ? none : provenance };
    },
    { concurrency: tools.decodeConcurrency },
  );
}

/** `''` of a file that cannot be read. */
async function hashOf(path: string, readImage: (path: string) => Promise<Uint8Array>): Promise<string> {
  try {
    return await sha256Of(await readImage(path));
  } catch (error) {
    if (error instanceof ItemError) return '';
    throw error;
  }
}

/** The journal first, and the half last that tells what was done: what is cut short is done again. */
async function writeBeside(
  described: readonly EmbeddedItem[],
  { store: { journal, encoders, halves } }: StoreToAdopt,
  write: boolean,
): Promise<AdoptionFailure[]> {
  const hopeless = halves.clip.refusals(described);
  if (!write) return hopeless;
  const items = others(described, hopeless);
  const ids = perSpace((space) => encoders[space].id);
  await journal.appendVectors(items.filter(({ provenance }) => provenance.contentSha256 !== ''), ids, 'imported'); // prettier-ignore
  await journal.updateItems(items);
  const stored = items.map(({ item, provenance }) => ({ item, provenance }));
  const refused = await halves.dino.refresh(stored);
  refused.push(...(await halves.clip.refresh(others(stored, refused))));
  await journal.remove(refused.map(({ itemId }) => itemId));
  return [...hopeless, ...refused];
}

function others<Item extends StoredItem>(items: readonly Item[], refused: readonly AdoptionFailure[]): Item[] {
  const ids = new Set(refused.map(({ itemId }) => itemId));
  return items.filter(({ item }) => !ids.has(item.itemId));
}
