import type { FilterHint } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

/** Such as `No item has brand = zaar; nearest stored: Zara (12 items).` */
export function filterHintLine({ field, operator, asked, nearest, items }: FilterHint): string {
  const count = items === 1 ? '1 item' : `${String(items)} items`;
  return `No item has ${field} ${operator} ${printable(asked)}; nearest stored: ${printable(nearest)} (${count}).\n`;
}
