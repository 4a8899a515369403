import { readFileSync } from 'node:fs';

import { FATAL_CODES, ITEM_CODES } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';

test('every error code is in the table, and the table names no other', () => {
  const text = readFileSync(new URL('../../docs/error-codes.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(documented.sort()).toEqual([...FATAL_CODES, ...ITEM_CODES].sort());
});
