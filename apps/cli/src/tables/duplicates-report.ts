import type { DuplicateGroup, DuplicateReport } from '@fashionmatch/pipeline';

import { cut } from '../terminal/cut.js';
import { printable } from './printable.js';

const GROUPS_SHOWN = 20;
const ITEMS_SHOWN = 5;

interface ReportOptions {
  /** How many groups are of another kind than was asked for. */
  readonly ofOtherKinds?: number;
  /** What a line has room for. */
  readonly room?: number | undefined;
}

/** Groups of copies, for people; the largest come first. */
export function duplicatesReport(
  { items, groups, thresholds }: DuplicateReport,
  { ofOtherKinds = 0, room = Infinity }: ReportOptions = {},
): string {
  const scores = `clip ${thresholds.clip.toFixed(3)}, dino ${thresholds.dino.toFixed(3)}`;
  if (groups.length === 0) return nothingFound(items, ofOtherKinds, scores);
  const left = groups.length - GROUPS_SHOWN;
  return [
    `Groups of copies among ${String(items)} items: ${String(groups.length)}`,
    `exact ${String(count(groups, 'exact'))}, near ${String(count(groups, 'near'))} (from ${scores}),`,
    `relists ${String(groups.filter(({ isRelist }) => isRelist).length)}`,
    ...groups.slice(0, GROUPS_SHOWN).flatMap((group) => ['', ...groupLines(group, room)]),
    ...(left > 0 ? ['', `... and ${String(left)} more groups: --json and --html have them`] : []),
    '',
  ].join('\n');
}

function count(groups: readonly DuplicateGroup[], kind: DuplicateGroup['kind']): number {
  return groups.filter((group) => group.kind === kind).length;
}

function nothingFound(items: number, ofOtherKinds: number, scores: string): string {
  if (ofOtherKinds > 0) {
    const groups = ofOtherKinds === 1 ? 'is 1 group' : `are ${String(ofOtherKinds)} groups`;
    return `None of that kind among ${String(items)} items.\nThere ${groups} of another: leave out --only.\n`;
  }
  const none = `No copies among ${String(items)} items (near from ${scores}).\n`;
  return items === 0 ? none : `${none}--min-clip and --min-dino take in what is less alike.\n`;
}

function groupLines({ kind, isRelist, items, lowest }: DuplicateGroup, room: number): string[] {
  const left = items.length - ITEMS_SHOWN;
  const scores = lowest ? `, from clip ${lowest.clip.toFixed(3)}, dino ${lowest.dino.toFixed(3)}` : '';
  return [
    `${kind}, ${String(items.length)} items${isRelist ? ', relist' : ''}${scores}`,
    ...items.slice(0, ITEMS_SHOWN).map(({ item }) => {
      const price = item.price > 0 ? `${item.price.toFixed(2)} ${item.currency}` : '';
      return cut(
        `  ${[item.itemId, price, item.sellerId, item.title].filter(Boolean).map(printable).join('  ')}`,
        room,
      );
    }),
    ...(left > 0 ? [`  ... and ${String(left)} more`] : []),
  ];
}
