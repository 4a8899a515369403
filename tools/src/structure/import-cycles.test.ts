import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { cyclesIn, importsOf } from './import-cycles.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test.each([
  'packages/domain/src',
  'packages/encoders/src',
  'packages/storage/src',
  'packages/pipeline/src',
  'apps/cli/src',
  'tools/src',
])('no file of %s imports itself by a detour', (folder) => {
  const imports = importsOf(`${root}${folder}`);
  expect([...imports.values()].flat().length).toBeGreaterThan(10);
  expect(cyclesIn(imports)).toEqual([]);
});

test('a cycle is found', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['b']],
  ]);
  expect(cyclesIn(imports)).toEqual([['b', 'd']]);
});
