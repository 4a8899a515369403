import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { changesOf, publicNames } from './public-names.js';

test('values and types are told apart, whichever way they are exported', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-names-'));
  await writeFile(
    join(folder, 'other.d.ts'),
    'export declare class Store {}\nexport interface Item {}\nexport declare const LIMIT = 3;\n',
  );
  const entry = join(folder, 'index.d.ts');
  await writeFile(
    entry,
    "export { type Store, type Item, LIMIT } from './other.js';\nexport declare function open(): void;\n",
  );
  expect(publicNames(entry)).toEqual([
    { name: 'Item', isValue: false },
    { name: 'LIMIT', isValue: true },
    { name: 'Store', isValue: false },
    { name: 'open', isValue: true },
  ]);
  await rm(folder, { recursive: true });
});

test('what came and what went', () => {
  expect(changesOf(['a', 'b'], ['b', 'c'])).toEqual(['+ c', '- a']);
  expect(changesOf(['a'], ['a'])).toEqual([]);
});
