import { setImmediate } from 'node:timers/promises';

import { Groups, NearCopies, type PerSpace, type VectorStore } from '@fashionmatch/domain';

import type { SearchResult } from './nearest-items.js';

/** How much further it is looked when copies have taken places. */
const WIDENING = 4;

/**
 * The best hits of which no two have the same picture, or copies of one; each names the ids of those that it stands for.
 *
 * @param least the cosines that copies have at least.
 * @param find the best hits, best first; fewer than `topK` when there are no others.
 */
export async function distinctHits(
  store: Pick<VectorStore, 'getByIds'>,
  least: PerSpace<number>,
  topK: number,
  find: (topK: number) => Promise<SearchResult[]>,
): Promise<SearchResult[]> {
  // Most hits are nobody's copy.
  for (let width = topK + 2; ; width *= WIDENING) {
    const found = await find(width);
    const folded = await withoutCopies(store, least, found);
    if (folded.length >= topK || found.length < width) return folded.slice(0, topK);
  }
}

async function withoutCopies(
  store: Pick<VectorStore, 'getByIds'>,
  least: PerSpace<number>,
  hits: readonly SearchResult[],
): Promise<SearchResult[]> {
  const stored = await store.getByIds(hits.map(({ itemId }) => itemId));
  const places = new Map(hits.map(({ itemId }, place) => [itemId, place]));
  const placesOf = stored.map(({ item }) => places.get(item.itemId) ?? 0);
  const byContent = new Map<string, number>();
  const groups = new Groups();
  const copies = new NearCopies(least);
  for (const [i, { provenance, embeddings }] of stored.entries()) {
    copies.add(embeddings);
    const place = placesOf[i] ?? 0;
    const first = byContent.get(provenance.contentSha256);
    // What another program wrote may have no hash.
    if (first === undefined && provenance.contentSha256 !== '') byContent.set(provenance.contentSha256, place);
    else if (first !== undefined) groups.join(first, place);
  }
  for await (const { first, second } of copies.pairs(() => setImmediate())) {
    groups.join(placesOf[first] ?? 0, placesOf[second] ?? 0);
  }
  const others = new Map(groups.all().map(([first = 0, ...rest]) => [first, rest]));
  const folded = new Set([...others.values()].flat());
  return hits.flatMap((hit, place) => {
    if (folded.has(place)) return [];
    const ids = (others.get(place) ?? []).flatMap((other) => hits[other]?.itemId ?? []);
    return [{ ...hit, copies: ids }];
  });
}
