import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { colourLayout } from './colour-layout.js';
import { structure } from './structure.js';
import { builtinModelFiles } from './write-builtin-model.js';

describe.each([
  ['colour-layout', colourLayout],
  ['structure', structure],
])('%s', (name, model) => {
  test('comes out the same twice', () => {
    expect(builtinModelFiles(model())).toEqual(builtinModelFiles(model()));
  });

  test('is what the encoders package ships', async () => {
    const shipped = new URL(`../../../packages/encoders/builtin/${name}/`, import.meta.url);

    for (const [path, bytes] of builtinModelFiles(model())) {
      // Compared as text: a mismatch of 100 KB of bytes would be printed in full.
      const file = await readFile(new URL(path, shipped));
      expect({ path, same: file.equals(bytes) }).toEqual({ path, same: true });
    }
  });
});
