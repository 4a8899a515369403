import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, test } from '@jest/globals';

import { parseIdx, readIdxFile } from './idx-file.js';

/** Two images of 1 × 3 pixels. */
const FILE = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255);

test('reads dimensions and numbers, gzipped or not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'idx-'));
  try {
    await writeFile(join(folder, 'plain'), FILE);
    await writeFile(join(folder, 'packed.gz'), gzipSync(FILE));

    for (const name of ['plain', 'packed.gz']) {
      const { dimensions, data } = await readIdxFile(join(folder, name));
      expect(dimensions).toEqual([2, 1, 3]);
      expect([...data]).toEqual([10, 20, 30, 40, 50, 255]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['nothing', new Uint8Array(), /is no IDX file/],
  ['another format', new TextEncoder().encode('<html>not found</html>'), /is no IDX file/],
  ['numbers of another type', FILE.with(2, 0x0d), /is no IDX file/],
  ['dimensions that are cut off', FILE.subarray(0, 9), /is no IDX file/],
  ['numbers that are cut off', FILE.subarray(0, -1), /should hold 2 × 1 × 3 bytes, but holds 5/],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseIdx(bytes, 'images')).toThrow(message);
});
