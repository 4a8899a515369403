import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { replaceFiles } from './replace-files.js';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-replace-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const write = (paths: string[], text: string, overwrite = true): Promise<void> =>
  replaceFiles(paths, overwrite, async (fileAt) => {
    for (const path of paths) await fileAt(path).writeFile(text);
  });

test('files take their places together, and leave nothing beside them', async () => {
  await write([at('a'), at('b')], 'first', false);
  await write([at('a'), at('b')], 'second');
  expect(await readdir(folder)).toEqual(['a', 'b']);
  expect(await readFile(at('a'), 'utf8')).toBe('second');
});

test('one file that is there keeps all from being written', async () => {
  await writeFile(at('b'), 'mine');
  await expect(write([at('a'), at('b')], 'new', false)).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  expect(await readdir(folder)).toEqual(['b']);
});

test('a file that comes up meanwhile is not overwritten either', async () => {
  const writing = replaceFiles([at('a')], false, () => writeFile(at('a'), 'mine'));
  await expect(writing).rejects.toThrow('there is a file of that name already');
  expect(await readdir(folder)).toEqual(['a']);
  expect(await readFile(at('a'), 'utf8')).toBe('mine');
});

test('while files change places, the last one is away: a mixture is never whole', async () => {
  await write([at('a'), at('b')], 'old');
  // A folder in its place cannot be replaced by a file.
  await rm(at('a'));
  await mkdir(at('a'));
  await expect(write([at('a'), at('b')], 'new')).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  expect(await readdir(folder)).toEqual(['a']);
});

test('a folder that is not there, and one that may not be written to', async () => {
  await expect(write([at('none/a')], 'x')).rejects.toThrow('its folder does not exist');
  if (process.getuid?.() === 0) return;
  await chmod(folder, 0o500);
  await expect(write([at('a')], 'x')).rejects.toThrow('the permission to write there is missing');
  await chmod(folder, 0o700);
});
