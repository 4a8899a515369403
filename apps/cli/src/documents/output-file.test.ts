import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { OutputFile } from './output-file.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-output-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function* pieces(...texts: (string | Error)[]): AsyncGenerator<string> {
  await Promise.resolve();
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield text;
  }
}

test('takes the place of a former page when it is whole', async () => {
  const path = join(folder, 'page.html');
  await writeFile(path, 'former');
  const file = await OutputFile.open(path, 'page');
  expect(await readFile(path, 'utf8')).toBe('former');
  await file.write(pieces('new', ' page'));
  expect(await readFile(path, 'utf8')).toBe('new page');
  expect(await readdir(folder)).toEqual(['page.html']);
});

test('leaves the former page, and nothing else, when it does not become whole', async () => {
  const path = join(folder, 'page.html');
  await writeFile(path, 'former');
  const writing = async (): Promise<void> => {
    const file = await OutputFile.open(path, 'page');
    await file.write(pieces('half', new RangeError('the store has gone')));
  };
  await expect(writing()).rejects.toThrow('the store has gone');
  expect(await readFile(path, 'utf8')).toBe('former');
  expect(await readdir(folder)).toEqual(['page.html']);
});

test.each(['no-folder/page.html', 'folder'])('cannot be written to %s: one sentence', async (name) => {
  await mkdir(join(folder, 'folder'));
  await expect(OutputFile.open(join(folder, name), 'page')).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: expect.stringMatching(/^The page \S+ cannot be written: [^\n]+\.$/),
  });
  expect(await readdir(folder)).toEqual(['folder']);
});
