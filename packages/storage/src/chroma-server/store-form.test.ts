import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { reasonOf } from '@fashionmatch/domain';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sqlite from 'node-sqlite3-wasm';

import { OUR_CHANGES, requireOurForm } from './store-form.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashionmatch-form-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function makeStore(changes: number): void {
  const database = new sqlite.Database(join(directory, 'chroma.sqlite3'));
  database.exec('CREATE TABLE migrations (dir TEXT, version INTEGER)');
  for (let version = 1; version <= changes; version++) {
    database.run('INSERT INTO migrations VALUES (?, ?)', ['sysdb', version]);
  }
  database.close();
}

test.each([
  [8, '0.4'],
  [15, '0.5 or 0.6'],
  [16, '1.0 to 1.2'],
])('a store with %d changes is refused, with the version that wrote it', async (changes, version) => {
  makeStore(changes);
  const refused = await requireOurForm(directory).catch(reasonOf);
  expect(refused).toMatch(new RegExp(`Chroma ${version}, .*fashionmatch adopt`));
  expect(await readdir(directory)).toEqual(['chroma.sqlite3']);
});

test('a store in our form, or a later one, is opened', async () => {
  makeStore(OUR_CHANGES);
  await requireOurForm(directory);
});
