import type { SearchResult } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

/** One hit of `search --json`, ranked from 1. */
export function hitDocument(
  { itemId, similarityScore, clipScore, dinoScore, item }: SearchResult,
  index: number,
): object {
  return {
    rank: index + 1,
    item_id: itemId,
    similarity_score: similarityScore,
    clip_score: clipScore,
    dino_score: dinoScore,
    title: item.title,
    price: item.price,
    currency: item.currency,
    brand: item.brand,
    url: item.url,
    local_image_path: item.localImagePath,
  };
}

const COLUMNS: readonly { title: string; width: number; of: (hit: SearchResult, index: number) => string }[] = [
  { title: '#', width: 4, of: (_, index) => String(index + 1) },
  { title: 'score', width: 7, of: (hit) => hit.similarityScore.toFixed(3) },
  { title: 'clip', width: 7, of: (hit) => hit.clipScore.toFixed(3) },
  { title: 'dino', width: 7, of: (hit) => hit.dinoScore?.toFixed(3) ?? '-' },
  { title: 'price', width: 12, of: ({ item }) => (item.price > 0 ? `${item.price.toFixed(2)} ${item.currency}` : '') },
  { title: 'brand', width: 16, of: ({ item }) => item.brand },
  { title: 'title', width: 36, of: ({ item }) => item.title },
  { title: 'id', width: 0, of: (hit) => hit.itemId },
];

/** The hits as lines with aligned columns, for people. */
export function hitTable(hits: readonly SearchResult[]): string {
  if (hits.length === 0) return 'No items found.\n';
  const header = COLUMNS.map(({ title, width }) => title.padEnd(width)).join('');
  const rows = hits.map((hit, index) => COLUMNS.map(({ width, of }) => cell(of(hit, index), width)).join(''));
  return [header, ...rows].map((row) => `${row.trimEnd()}\n`).join('');
}

function cell(text: string, width: number): string {
  const characters = [...printable(text)];
  if (width === 0) return characters.join('');
  const shown = characters.length < width ? characters : [...characters.slice(0, width - 2), '…'];
  return shown.join('') + ' '.repeat(width - shown.length);
}
