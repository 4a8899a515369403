import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { cyclesIn, importsOf } from './import-cycles.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test.each([
  'packages/domain/src',
  'packages/encoders/src',
  'packages/storage/src',
  'packages/queue/src',
  'packages/pipeline/src',
  'apps/cli/src',
  'tools/src',
])('no file of %s imports itself by a detour', (folder) => {
  const imports = importsOf(`${root}${folder}`);
  expect([...imports.values()].flat().length).toBeGreaterThan(5);
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

test.each([
  ['a value', "import { b } from './b.js';"],
  ['a type', "import type { B } from './b.js';"],
  ['what takes more than a line', "import {\n  type B,\n  b,\n} from './b.js';"],
  ['what is handed on', "export { b } from './b.js';"],
  ['a type that is handed on', "export type { B } from './b.js';"],
  ['effects', "import './b.js';"],
  ['what is loaded late', "export const late = async () => (await import('./b.js')).b;"],
  ['a type of what is loaded late', "export type Late = typeof import('./b.js');"],
])('a cycle by the import of %s is seen', (_, statement) => {
  const folder = mkdtempSync(join(tmpdir(), 'fashionmatch-cycles-'));
  try {
    writeFileSync(join(folder, 'a.ts'), `${statement}\nexport type A = 1;\n`);
    writeFileSync(
      join(folder, 'b.ts'),
      "import type { A } from './a.js';\nexport type B = A;\nexport const b: B = 1;\n",
    );
    const files = cyclesIn(importsOf(folder)).map((cycle) => cycle.map((path) => basename(path)).sort());
    expect(files).toEqual([['a.ts', 'b.ts']]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
