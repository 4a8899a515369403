import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

let folder = '';

/** The sample wardrobe, embedded once; its store is only read by the tests. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-export-'));
  await copySampleData(join(folder, 'data'));
  expect(await run(['embed', '--json'])).toMatchObject({ exitCode: 3 });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function run(args: string[], { store, ...env }: Record<string, string> = {}): Promise<Outcome> {
  const elsewhere = store === undefined ? {} : { FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: store };
  return fashionmatch(args, folder, { ...BUILT_IN, ...elsewhere, ...env });
}

const inFolder = (name: string): string => join(folder, name);

describe.each([
  ['parquet', ['team.parquet']],
  ['npy', ['team.clip.npy', 'team.dino.npy', 'team.jsonl', 'team.json']],
])('%s', (ending, files) => {
  const file = `team.${ending}`;
  const store = `from-${ending}`;

  test('an import is the store that was exported, to the last bit, and nothing in it is encoded again', async () => {
    const exported = await run(['export', file, '--json']);
    expect(exported.exitCode).toBe(0);
    expect(JSON.parse(exported.stdout)).toMatchObject({
      status: 'completed',
      files,
      exported_items: 80,
      failures: [],
    });
    for (const name of files) expect((await stat(inFolder(name))).size).toBeGreaterThan(100);

    const imported = await run(['import', file, '--json'], { store });
    expect(imported.exitCode).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({
      schema_version: 1,
      status: 'completed',
      total_items: 80,
      new_items: 80,
      replaced_items: 0,
      failed_items: 0,
    });
    const original = await readRawCollections(inFolder('data/chromadb'), 'fashion_items');
    expect(original.clip.ids).toHaveLength(80);
    expect(await readRawCollections(inFolder(store), 'fashion_items')).toEqual(original);

    const embedded = await run(['embed', '--json'], { store });
    // The two files that are no images are looked at again.
    expect(JSON.parse(embedded.stdout)).toMatchObject({
      total: { processed_items: 0, skipped_items: 80, failed_items: 2 },
    });
  });

  test('imported again, every item is replaced by itself', async () => {
    const before = await readRawCollections(inFolder(store), 'fashion_items');
    const { exitCode, stdout } = await run(['import', inFolder(file)], { store });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Imported 80 items from .*team\..* in \d+\.\d\ds: 0 new, 80 replaced, 0 failed\.\nCompared the vectors/,
    );
    expect(await readRawCollections(inFolder(store), 'fashion_items')).toEqual(before);
  });

  test('an archive that is there is replaced only with --yes', async () => {
    const [first = ''] = files;
    const before = await readFile(inFolder(first));
    const refused = await run(['export', file, '--no-input']);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain(first);
    expect(await readFile(inFolder(first))).toEqual(before);
    const replaced = await run(['export', file, '--yes']);
    expect(replaced.exitCode).toBe(0);
    expect(replaced.stdout).toMatch(/^Exported 80 items to team\./);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('vectors of another model are refused with exit 2, and no store is made for them', async () => {
    const other = { FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/structure' };
    const { exitCode, stdout, stderr } = await run(['import', file, '-q'], { store: 'other', ...other });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('builtin/colour-layout');
    expect(stderr).toContain('builtin/structure');
    expect(stderr).toContain('models.clip_model');
    const resized = await run(['import', file, '-q'], { store: 'other', FASHIONMATCH_MODELS__RESAMPLE: 'exact' });
    expect(resized).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('set models.resample back') });
    expect(resized.stderr).not.toContain('_model');
    expect(await readdir(folder)).not.toContain('other');
  });

  test('an archive that is cut short is refused with exit 1, and no store is made for it', async () => {
    const [first = ''] = files;
    await truncate(inFolder(first), 1_000);
    const { exitCode, stderr } = await run(['import', file, '-q'], { store: 'cut-short' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The archive ${first} cannot be read`);
    expect(await readdir(folder)).not.toContain('cut-short');
  });
});

describe('two rows of vectors that have changed places', () => {
  const exported = async (): Promise<void> => {
    await run(['export', 'swapped.npy', '--yes']);
    const bytes = await readFile(inFolder('swapped.clip.npy'));
    const row = 512 * Float32Array.BYTES_PER_ELEMENT;
    const [second, first] = [bytes.subarray(bytes.length - row), bytes.subarray(bytes.length - 2 * row, -row)];
    await writeFile(inFolder('swapped.clip.npy'), Buffer.concat([bytes.subarray(0, -2 * row), second, first]));
  };

  test('are found by --check and left out; what was imported all the same, by verify, which mends it for good', async () => {
    await exported();
    const checked = await run(['import', 'swapped.npy', '--check', '--json'], { store: 'checked' });
    expect(checked.exitCode).toBe(3);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      new_items: 78,
      failed_items: 2,
      compared_items: 80,
      failures: [
        { row: 79, reason: expect.stringContaining('clip vector is not that of its image') },
        { row: 80, reason: expect.stringContaining('clip vector is not that of its image') },
      ],
    });

    // Without its images nobody can tell.
    await rename(inFolder('data/references'), inFolder('data/away'));
    await rename(inFolder('data/scraped'), inFolder('data/gone'));
    const trusted = await run(['import', 'swapped.npy'], { store: 'trusted' });
    expect(trusted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('taken on trust') });
    await rename(inFolder('data/away'), inFolder('data/references'));
    await rename(inFolder('data/gone'), inFolder('data/scraped'));

    expect(await run(['verify', '-q'], { store: 'trusted' })).toMatchObject({ exitCode: 0 });
    const forced = await run(['embed', '--force', '--yes', '--json'], { store: 'trusted' });
    expect(forced.stderr).toMatch(/Took the vectors of \d+ images from the journal, \d+ of which were imported/);
    expect(JSON.parse(forced.stdout)).toMatchObject({
      results: { references: { from_journal: { items: 60, imported: 60 } } },
    });
    const found = await run(['verify', '--encode', '80', '--json'], { store: 'trusted' });
    expect(found.exitCode).toBe(4);
    expect(JSON.parse(found.stdout)).toMatchObject({
      found: { items_at_fault: 2, compared_with_images: 80, faults: { not_of_image: 2 } },
    });
    expect(await run(['verify', '--encode', '80', '--repair', '-q'], { store: 'trusted' })).toMatchObject({
      exitCode: 0,
    });
    expect(await run(['verify', '--encode', '80', '-q'], { store: 'trusted' })).toMatchObject({ exitCode: 0 });
  });

  test('are found in a sample, and nothing is imported then', async () => {
    // So few that all of them are in it.
    await run(['embed', '--limit', '10', '-q'], { store: 'few' });
    await run(['export', 'few.npy'], { store: 'few' });
    const bytes = await readFile(inFolder('few.clip.npy'));
    const row = 512 * Float32Array.BYTES_PER_ELEMENT;
    await writeFile(
      inFolder('few.clip.npy'),
      Buffer.concat([bytes.subarray(0, -2 * row), bytes.subarray(-row), bytes.subarray(-2 * row, -row)]),
    );
    const refused = await run(['import', 'few.npy', '-q'], { store: 'fresh' });
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^fashionmatch: Nothing was imported .*clip vector is not that of its image/);
    expect(await run(['status', '--json'], { store: 'fresh' })).toMatchObject({ exitCode: 0 });
    expect((await readRawCollections(inFolder('fresh'), 'fashion_items')).clip.ids).toEqual([]);
  });
});

test('one bad row is one failed item: the others are stored, and the exit code is 3', async () => {
  await run(['export', 'rows.jsonl']);
  const lines = (await readFile(inFolder('rows.jsonl'), 'utf8')).split('\n');
  lines[4] = '{"item_id":"broken\\u001b[31m"}';
  await writeFile(inFolder('rows.jsonl'), lines.join('\n'));
  const { exitCode, stdout } = await run(['import', 'rows.jsonl', '--json'], { store: 'bad-row' });
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'completed_with_failures',
    new_items: 79,
    failures: [{ row: 5, item_id: 'broken [31m', code: 'ITEM_INVALID', reason: expect.any(String) }],
  });
});

test.each([
  ['an empty store', ['export', 'nothing.parquet'], 1, 'The store is empty'],
  ['a missing archive', ['import', 'nothing.parquet'], 1, 'the file does not exist'],
  ['an unknown ending', ['export', 'nothing.csv'], 2, 'must end in .parquet, .npy or .jsonl'],
])('%s is told in one line, and nothing is made', async (_, args, exitCode, message) => {
  const outcome = await run([...args, '-q'], { store: 'nothing' });
  expect(outcome).toMatchObject({ exitCode, stdout: '' });
  expect(outcome.stderr).toContain(message);
  expect(outcome.stderr.trimEnd()).not.toContain('\n');
  expect((await readdir(folder)).filter((name) => name.startsWith('nothing'))).toEqual([]);
});

test('a folder that is not there cannot take an archive', async () => {
  const { exitCode, stderr } = await run(['export', 'none/team.parquet', '-q']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('its folder does not exist');
});

test('no process is left behind', () => {
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  expect(processes.filter((args) => args.includes(folder))).toEqual([]);
});
