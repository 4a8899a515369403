import type { DuplicateGroup, DuplicateReport } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

const GROUPS_SHOWN = 20;
const ITEMS_SHOWN = 5;

/** Groups of copies, for people; the largest come first. */
export function duplicatesReport({ items, groups, thresholds }: DuplicateReport): string {
  const scores = `clip ${thresholds.clip.toFixed(3)}, dino ${thresholds.dino.toFixed(3)}`;
  if (groups.length === 0) return `No copies among ${String(items)} items (near from ${scores}).\n`;
  const left = groups.length - GROUPS_SHOWN;
  return [
    `Groups of copies among ${String(items)} items: ${String(groups.length)}`,
    `exact ${String(count(groups, 'exact'))}, near ${String(count(groups, 'near'))} (from ${scores}),`,
    `relists ${String(groups.filter(({ isRelist }) => isRelist).length)}`,
    ...groups.slice(0, GROUPS_SHOWN).flatMap((group) => ['', ...groupLines(group)]),
    ...(left > 0 ? ['', `... and ${String(left)} more groups: --json and --html have them`] : []),
    '',
  ].join('\n');
}

function count(groups: readonly DuplicateGroup[], kind: DuplicateGroup['kind']): number {
  return groups.filter((group) => group.kind === kind).length;
}

function groupLines({ kind, isRelist, items, lowest }: DuplicateGroup): string[] {
  const left = items.length - ITEMS_SHOWN;
  const scores = lowest ? `, from clip ${lowest.clip.toFixed(3)}, dino ${lowest.dino.toFixed(3)}` : '';
  return [
    `${kind}, ${String(items.length)} items${isRelist ? ', relist' : ''}${scores}`,
    ...items.slice(0, ITEMS_SHOWN).map(({ item }) => {
      const price = item.price > 0 ? `${item.price.toFixed(2)} ${item.currency}` : '';
      return `  ${[item.itemId, price, item.sellerId, item.title].filter(Boolean).map(printable).join('  ')}`;
    }),
    ...(left > 0 ? [`  ... and ${String(left)} more`] : []),
  ];
}
