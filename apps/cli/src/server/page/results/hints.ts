import type { Hint } from '../api/documents.js';

/** What of a filter no item meets. */
export function hintsText(hints: readonly Hint[]): string {
  return hints
    .map(
      ({ field, operator, asked, nearest, items }) =>
        `No item has ${field} ${operator} ${asked}; nearest stored: ${nearest} (${String(items)}).`,
    )
    .join(' ');
}
