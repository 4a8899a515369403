import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ItemFailure } from '@fashionmatch/domain';
import { collect } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { RunFailures } from './run-failures.js';

function failure(i: number): ItemFailure {
  const about = { itemId: String(i), source: 'scraped', stage: 'discover', path: '/b.json' } as const;
  return { ...about, code: 'LISTING_INVALID', reason: 'price: must be a number, 0 or more: null', value: 'null' };
}

const systemFolder = process.env['TMPDIR'];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-failures-'));
  process.env['TMPDIR'] = folder;
});
afterEach(() => {
  if (systemFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = systemFolder;
  rmSync(folder, { recursive: true });
});

test.each([3, 10, 2_503])('%i failures are all among the lines, in order; ten of them are kept', async (count) => {
  {
    using failures = new RunFailures({ asLines: true, keep: 10 });
    for (let i = 0; i < count; i++) failures.add(failure(i));
    expect(failures.count).toBe(count);
    expect(failures.kept).toHaveLength(Math.min(count, 10));
    const text = (await collect(failures.lines())).join('');
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const document: { item_id: string } = JSON.parse(line);
        return document.item_id;
      });
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  }
  expect(readdirSync(folder)).toEqual([]);
});

test('those that nobody will ask for are only counted', async () => {
  using failures = new RunFailures({ asLines: false, keep: 2 });
  for (let i = 0; i < 5_000; i++) failures.add(failure(i));
  expect(failures.count).toBe(5_000);
  expect((await collect(failures.lines())).join('').match(/\n/g)).toHaveLength(2);
});
