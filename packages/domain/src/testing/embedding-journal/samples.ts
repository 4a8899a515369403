import type { EmbeddedItem, FashionItem, Provenance, StoredItem } from '../../fashion-item.js';
import type { EmbeddingJournal } from '../../ports/embedding-journal.js';
import { collect } from '../contract.js';
import { sampleItem } from '../sample-items.js';

/** Declares a case, which gets an empty journal. */
export type Check = (name: string, run: (journal: EmbeddingJournal) => Promise<void>) => unknown;

/** The dimensions of CLIP ViT-L/14 and DINOv2 ViT-S/14: a journal takes vectors of any. */
export const DIMENSIONS = { clip: 768, dino: 384 };

export const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };

/** What no SHA-256 is equal to by chance: the same two digits over and over. */
export const hashOf = (pair: string): string => pair.repeat(32);

export function sample(
  itemId: string,
  contentSha256: string,
  changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance>; seed?: number } = {},
): EmbeddedItem {
  return sampleItem(itemId, DIMENSIONS, { ...changes, provenance: { contentSha256, ...changes.provenance } });
}

export const sampleMany = (count: number): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) => sample(`item-${String(i).padStart(4, '0')}`, hashAt(i)));

export const hashAt = (index: number): string => index.toString(16).padStart(64, '0');

export const withoutVectors = ({ item, provenance }: StoredItem): StoredItem => ({ item, provenance });

/** As whoever writes to a store does it: the vectors before, the items after. */
export async function append(journal: EmbeddingJournal, ...items: EmbeddedItem[]): Promise<void> {
  await journal.appendVectors(items, ENCODERS);
  await journal.updateItems(items);
}

export async function sortedItems(journal: EmbeddingJournal): Promise<StoredItem[]> {
  return (await collect(journal.getItems())).sort((a, b) => (a.item.itemId < b.item.itemId ? -1 : 1));
}

export async function sortedIds(journal: EmbeddingJournal): Promise<string[]> {
  return (await sortedItems(journal)).map(({ item }) => item.itemId);
}

export async function vectorOf(
  journal: EmbeddingJournal,
  encoderId: string,
  hash: string,
): Promise<number[] | undefined> {
  const vector = (await journal.getVectors(encoderId, [hash])).get(hash);
  return vector && [...vector];
}
