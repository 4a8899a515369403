import type { FashionItem, StoredItem } from '@fashionmatch/domain';
import type { SearchResult } from '@fashionmatch/pipeline';

import { webAddress } from '../pages/html.js';

/** An item as the API shows it. Where its files lie on this machine is nobody's business. */
function itemDocument(item: FashionItem): object {
  const { itemId, title, price, currency, brand, size, condition, category, url } = item;
  const known = { item_id: itemId, title, price, currency, brand, size, condition, category };
  return { ...known, url: webAddress(url) ?? null };
}

export function storedItemDocument({ item, provenance }: StoredItem): object {
  return { ...itemDocument(item), description: item.description, source: provenance.source };
}

/** One hit, ranked from 1. */
export function hitDocument({ item, ...scores }: SearchResult, index: number): object {
  return {
    rank: index + 1,
    similarity_score: scores.similarityScore,
    clip_score: scores.clipScore,
    dino_score: scores.dinoScore,
    ...(scores.copies && { copies: scores.copies.length }),
    ...itemDocument(item),
  };
}
