import { expect, test } from '@jest/globals';

import { filterHintLine } from './filter-hint.js';

test('a hint is one line, without what would steer a terminal', () => {
  const hint = { field: 'brand', operator: '=', asked: 'zaar', nearest: 'Zara', items: 12 } as const;
  expect(filterHintLine(hint)).toBe('No item has brand = zaar; nearest stored: Zara (12 items).\n');
  const line = filterHintLine({ ...hint, operator: '~', asked: 'a\u001b[2J', nearest: 'b\nc', items: 1 });
  expect(line).toMatch(/^No item has brand ~ a\P{Cc}+ \(1 item\)\.\n$/u);
});
