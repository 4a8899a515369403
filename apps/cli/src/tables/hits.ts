import type { SearchResult } from '@fashionmatch/pipeline';

import stringWidth from 'string-width';

import { hitScores } from '../documents/hit-scores.js';
import { cut } from '../terminal/cut.js';
import { printable } from './printable.js';

/** The column whose texts are links. */
const LINKED_COLUMN = 'title';

/** One hit of `search --json`, ranked from 1. */
export function hitDocument(hit: SearchResult, index: number): object {
  const { itemId, item, copies } = hit;
  return {
    rank: index + 1,
    item_id: itemId,
    ...hitScores(hit),
    title: item.title,
    price: item.price,
    currency: item.currency,
    brand: item.brand,
    url: item.url,
    local_image_path: item.localImagePath,
    ...(copies && { copies: copies.length, copy_ids: copies }),
  };
}

interface Column {
  readonly title: string;
  /** At most, with the space after it; 0 for as wide as the text is. */
  readonly width: number;
  readonly of: (hit: SearchResult, index: number) => string;
}

const GAP = 2;

const COLUMNS: readonly Column[] = [
  { title: '#', width: 4, of: (_, index) => String(index + 1) },
  { title: 'score', width: 7, of: (hit) => hit.similarityScore.toFixed(3) },
  { title: 'clip', width: 7, of: (hit) => hit.clipScore.toFixed(3) },
  { title: 'dino', width: 7, of: (hit) => hit.dinoScore?.toFixed(3) ?? '-' },
  { title: 'price', width: 12, of: ({ item }) => (item.price > 0 ? `${item.price.toFixed(2)} ${item.currency}` : '') },
  { title: 'brand', width: 16, of: ({ item }) => item.brand },
  { title: LINKED_COLUMN, width: 36, of: ({ item }) => item.title },
  { title: 'id', width: 0, of: (hit) => hit.itemId },
];

interface TableOptions {
  /** Whether titles lead to their items' pages. */
  readonly links?: boolean | undefined;
  /** What a line has room for; as much as it takes when not given. */
  readonly room?: number | undefined;
}

/** The hits as lines with aligned columns, for people. In a narrow room, what says least is left out, then cut. */
export function hitTable(hits: readonly SearchResult[], { links = false, room = Infinity }: TableOptions = {}): string {
  if (hits.length === 0) return 'No items found.\n';
  const columns = fitting(
    COLUMNS.map((column) => ({ ...column, width: fittingWidth(column, hits) })),
    room,
    Math.max(...hits.map(({ itemId }) => stringWidth(printable(itemId)))),
  );
  const header = columns.map(({ title, width }) => title.padEnd(width)).join('');
  const rows = hits.map((hit, index) =>
    columns
      .map(({ title, width, of }) => {
        const shown = cell(of(hit, index), width);
        return links && title === LINKED_COLUMN ? linked(shown, hit.item.url) : shown;
      })
      .join(''),
  );
  return [header, ...rows, ...footnote(hits)].map((row) => `${row.trimEnd()}\n`).join('');
}

/** The best hits come first, and so do those that are certain. */
function footnote(hits: readonly SearchResult[]): string[] {
  return [...copiesNote(hits), ...unprovenNote(hits)];
}

function copiesNote(hits: readonly SearchResult[]): string[] {
  const copied = hits.flatMap(({ copies = [] }, i) =>
    copies.length > 0 ? [{ rank: i + 1, count: copies.length }] : [],
  );
  if (copied.length === 0) return [];
  return [
    '',
    `Copies that are not shown: ${copied.map(({ rank, count }) => `#${String(rank)} ${String(count)}`).join(', ')}.`,
  ];
}

function unprovenNote(hits: readonly SearchResult[]): string[] {
  const first = hits.findIndex(({ unproven }) => unproven);
  if (first === -1) return [];
  return ['', `From ${String(first + 1)} on, items that the store does not name may be better: --exact looks at all.`];
}

/** No wider than what stands in it, so that a line fits more terminals. */
function fittingWidth({ title, width, of }: Column, hits: readonly SearchResult[]): number {
  return Math.min(width, Math.max(...[title, ...hits.map(of).map(printable)].map((text) => stringWidth(text))) + GAP);
}

/** In the order in which they are missed least. */
const LEFT_OUT = ['clip', 'dino', 'brand'];
const LEAST_TITLE = 14;
const LEAST_ID = 10;

/** @param idWidth of the longest id, which stands last and has no width of its own. */
function fitting(columns: readonly Column[], room: number, idWidth: number): Column[] {
  const widthOf = (some: readonly Column[]): number => some.reduce((sum, { width }) => sum + width, 0);
  let left = [...columns];
  for (const title of LEFT_OUT) {
    if (widthOf(left) + idWidth <= room) return left;
    left = left.filter((column) => column.title !== title);
  }
  const surplus = (): number => widthOf(left) + idWidth - room;
  const narrowed = (width: number): number => Math.max(Math.min(width, LEAST_TITLE), width - Math.max(0, surplus()));
  left = left.map((one) => (one.title === LINKED_COLUMN ? { ...one, width: narrowed(one.width) } : one));
  // Two more for the space that a cut text has behind it.
  const idRoom = Math.max(LEAST_ID, room - widthOf(left)) + 1;
  return surplus() > 0 ? left.map((one) => (one.title === 'id' ? { ...one, width: idRoom } : one)) : left;
}

/** Cut to the width of its column, with a space behind it. */
function cell(text: string, width: number): string {
  const safe = printable(text);
  if (width === 0) return safe;
  const shown = cut(safe, width - 1);
  return shown + ' '.repeat(width - stringWidth(shown));
}

/** In the way that terminals agreed on (OSC 8). An address that is none stays away: it comes from a listing. */
function linked(shown: string, address: string): string {
  if (!URL.canParse(address) || !/^https?:\/\//i.test(address)) return shown;
  const text = shown.trimEnd();
  return `\u001b]8;;${new URL(address).href}\u001b\\${text}\u001b]8;;\u001b\\${shown.slice(text.length)}`;
}
