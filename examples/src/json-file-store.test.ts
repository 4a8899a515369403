import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleItem, vectorStoreContract } from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { JsonFileStore } from './json-file-store.js';

let folder = '';
let opened = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-json-store-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

vectorStoreContract(test, (dimensions) => JsonFileStore.open(dimensions, join(folder, `${String(opened++)}.json`)));

test('what was stored is there when the file is opened again', async () => {
  const dimensions = { clip: 16, dino: 8 };
  const path = join(folder, 'again.json');
  const items = [sampleItem('coat', dimensions), sampleItem('dress', dimensions)];
  await (await JsonFileStore.open(dimensions, path)).upsert(items);
  const store = await JsonFileStore.open(dimensions, path);
  expect(await store.getByIds(['dress', 'coat'])).toEqual([items[1], items[0]]);
});
