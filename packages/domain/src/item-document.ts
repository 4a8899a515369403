import type { FashionItem } from './fashion-item.js';

/** What people search a text for, in this order. */
const DOCUMENT_FIELDS = ['title', 'brand', 'category', 'size'] as const satisfies readonly (keyof FashionItem)[];

/**
 * In UTF-16 units: at most 3,000 bytes, of the 16,384 that Chroma Cloud takes of a document
 * (https://docs.trychroma.com/cloud/quotas-limits, 2026-11). Each text of an item may be far longer, and a full-text
 * index of long ones takes its time.
 */
export const MAX_DOCUMENT_LENGTH = 1_000;

/**
 * What full-text filters and frameworks find an item by, and show of it: title, brand, category and size, each on a line
 * of its own, those that are absent left out. A pure function of the item, so that nobody has to keep it.
 */
export function documentOf(item: Pick<FashionItem, (typeof DOCUMENT_FIELDS)[number]>): string {
  const lines = DOCUMENT_FIELDS.flatMap((field) => item[field].replaceAll(/\s+/gu, ' ').trim() || []);
  const text = lines.join('\n').toWellFormed();
  // No character is cut in two.
  return text.slice(0, MAX_DOCUMENT_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
