import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ensurePatchedCopy, locateBindings } from './chroma-bindings.js';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'fashionmatch-cache-'));
});

afterEach(async () => {
  await rm(cache, { recursive: true, force: true });
});

/** Only this build can be patched, because only its hash is known. */
const describeHere = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;

describeHere('the patched copy of the Chroma server', () => {
  const load = (file: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['-p', `typeof require(${JSON.stringify(file)}).cli`]);

  test('loads here', async () => {
    const copy = ensurePatchedCopy(locateBindings(), cache);
    expect((await load(copy)).stdout.trim()).toBe('function');
  });

  test('is written once, and again when it is damaged', async () => {
    const copy = ensurePatchedCopy(locateBindings(), cache);
    await truncate(copy, 1_000);
    expect(ensurePatchedCopy(locateBindings(), cache)).toBe(copy);
    await appendFile(copy, 'x');
    expect(ensurePatchedCopy(locateBindings(), cache)).toBe(copy);
    expect((await load(copy)).stdout.trim()).toBe('function');
    expect(await readdir(cache)).toHaveLength(1);
  });

  test('can be written by several processes at once', async () => {
    const module = fileURLToPath(new URL('../../dist/chroma-server/chroma-bindings.js', import.meta.url));
    const program = `
      const { ensurePatchedCopy, locateBindings } = await import(${JSON.stringify(module)});
      console.log(ensurePatchedCopy(locateBindings(), ${JSON.stringify(cache)}));`;
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])),
    );
    const copies = new Set(runs.map(({ stdout }) => stdout.trim()));
    expect(copies.size).toBe(1);
    expect(await readdir(cache)).toHaveLength(1);
    expect((await load([...copies][0] ?? '')).stdout.trim()).toBe('function');
  });

  test('is not made of a file that is not known', async () => {
    const other = join(cache, 'other.node');
    await writeFile(other, 'not a library');
    expect(() => ensurePatchedCopy(other, cache)).toThrow(/not known: .*database\.host/);
    expect(await readdir(cache)).toEqual(['other.node']);
  });
});
