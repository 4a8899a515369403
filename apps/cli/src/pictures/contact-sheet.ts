import { ItemError, type VectorStore } from '@fashionmatch/domain';
import type { SearchResult } from '@fashionmatch/pipeline';

import { pictureOf, type Picture } from '../pages/picture.js';
import type { PageSources } from '../pages/search-page.js';
import { printable } from '../tables/printable.js';
import { PLACE, type PictureWriter } from './picture-writer.js';

const GAP = 1;
const STEP = PLACE.columns + GAP;
const USUAL_COLUMNS = 80;
/** With their pictures, about a megabyte. */
const MOST_PICTURES = 20;

const [SAVE_CURSOR, RESTORE_CURSOR] = ['\u001b7', '\u001b8'];
const up = (lines: number): string => `\u001b[${String(lines)}A`;
const down = (lines: number): string => `\u001b[${String(lines)}B\r`;
const toColumn = (column: number): string => `\u001b[${String(column + 1)}G`;

/**
 * The pictures of hits, side by side, with rank and score below each, for a terminal so wide. A picture that cannot be
 * drawn leaves its place, and its reason stands below all of them.
 */
export async function contactSheet(
  hits: readonly SearchResult[],
  {
    store,
    thumbnails,
  }: {
    readonly store: Pick<VectorStore, 'getItemsByIds'>;
    readonly thumbnails: Pick<PageSources['thumbnails'], 'ofItem'>;
  },
  writer: PictureWriter,
  room = USUAL_COLUMNS,
): Promise<string> {
  const shown = hits.slice(0, MOST_PICTURES);
  const stored = await store.getItemsByIds(shown.map(({ itemId }) => itemId));
  const byId = new Map(stored.map((one) => [one.item.itemId, one]));
  const perRow = Math.max(1, Math.floor((room + GAP) / STEP));
  const rows: string[] = [];
  const reasons: string[] = [];
  for (let first = 0; first < shown.length; first += perRow) {
    const some = shown.slice(first, first + perRow);
    const pictures = await Promise.all(
      some.map(({ itemId }) => {
        const found = byId.get(itemId);
        return found ? pictureOf(thumbnails.ofItem(found, writer.square)) : Promise.resolve(REMOVED);
      }),
    );
    const captions = some.map(({ similarityScore }, i) => `#${String(first + i + 1)} ${similarityScore.toFixed(3)}`);
    rows.push(rowOf(pictures, captions, writer));
    reasons.push(
      ...pictures.flatMap((picture, i) =>
        picture instanceof ItemError ? `No picture of #${String(first + i + 1)}: ${printable(picture.message)}.\n` : [],
      ),
    );
  }
  const left = hits.length - shown.length;
  const more = left > 0 ? `The pictures of ${String(left)} more are left out: --html shows them.\n` : '';
  return `${rows.join('\n')}${reasons.join('')}${more}\n`;
}

const REMOVED = new ItemError('IMAGE_MISSING', 'the item was removed meanwhile');

/** Room is made first, so that nothing moves while pictures are put into it. */
function rowOf(pictures: readonly Picture[], captions: readonly string[], { write }: PictureWriter): string {
  const placed = pictures.map((picture, i) => {
    const shown = picture instanceof ItemError ? 'no picture' : write(picture);
    return `${toColumn(i * STEP)}${SAVE_CURSOR}${shown}${RESTORE_CURSOR}`;
  });
  const below = captions.map((caption) => caption.padEnd(STEP)).join('');
  return `${'\n'.repeat(PLACE.lines)}${up(PLACE.lines)}${placed.join('')}${down(PLACE.lines)}${below.trimEnd()}\n`;
}
