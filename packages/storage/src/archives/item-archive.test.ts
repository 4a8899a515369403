import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { itemArchiveContract } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, test } from '@jest/globals';

import { itemArchive } from './item-archive.js';

let folder = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-archive-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

for (const ending of ['parquet', 'npy']) {
  itemArchiveContract(
    (name, run) => {
      test(`${ending}: ${name}`, run);
    },
    () => Promise.resolve(itemArchive(join(folder, `${String(++count)}.${ending}`))),
  );
}
