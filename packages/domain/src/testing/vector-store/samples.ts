import type { PerSpace } from '../../embedding.js';
import type { EmbeddedItem } from '../../fashion-item.js';
import type { VectorStore } from '../../ports/vector-store.js';
import { collect } from '../contract.js';
import { sampleItem } from '../sample-items.js';

/** Declares a case, which gets an empty store. */
export type Check = (name: string, run: (store: VectorStore) => Promise<void>) => unknown;

export const DIMENSIONS: PerSpace<number> = { clip: 16, dino: 8 };

/** Other content for each id, for the vectors differ too. */
export const sample = (itemId: string, changes: Parameters<typeof sampleItem>[2] = {}): EmbeddedItem =>
  sampleItem(itemId, DIMENSIONS, {
    ...changes,
    provenance: { contentSha256: hexadecimal(itemId), ...changes.provenance },
  });

/** In the form of a SHA-256. */
function hexadecimal(itemId: string): string {
  const digits = [...itemId].map((char) => char.codePointAt(0)?.toString(16) ?? '').join('');
  return digits.slice(0, 64).padEnd(64, '0');
}

export const sampleMany = (count: number): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) => sample(`item-${String(i).padStart(4, '0')}`));

export const withoutVectors = ({ item, provenance }: EmbeddedItem): Pick<EmbeddedItem, 'item' | 'provenance'> => ({
  item,
  provenance,
});

export async function sortedIds(store: VectorStore): Promise<string[]> {
  return (await collect(store.getAllIds())).sort();
}
