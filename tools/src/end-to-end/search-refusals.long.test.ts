import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';
import { PHOTOGRAPH, SampleSearch } from './running/sample-search.js';

const NAVY = 'ref_navy-striped-t-shirt_20260105T080700000Z';

let samples: SampleSearch;
let folder = '';

beforeAll(async () => {
  samples = await SampleSearch.open();
  ({ folder } = samples);
});

afterAll(async () => {
  await samples[Symbol.asyncDispose]();
});

describe('search', () => {
  test('of an empty store says what to do, asks for no model and makes nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'fashionmatch-search-empty-'));
    const photograph = join(folder, PHOTOGRAPH);
    const note = 'Nothing is stored yet: run "fashionmatch embed" first.\n';
    const outcome = await fashionmatch(['search', photograph], empty, BUILT_IN);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'No items found.\n', stderr: note });
    // Models of the hub, which are not here.
    const away = { HF_HOME: join(folder, 'no-models'), HF_ENDPOINT: 'http://hub.invalid' };
    for (const query of [[photograph], ['--text', 'a red dress']]) {
      const found = await fashionmatch(['search', ...query], empty, away);
      expect(found).toMatchObject({ exitCode: 0, stdout: 'No items found.\n' });
      expect(found.stderr.startsWith(note)).toBe(true);
    }
    // An embedding run needs them, and starts nothing without.
    const run = await fashionmatch(['embed', '--mode', 'references', '--references-dir', folder], empty, away);
    expect(run).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('clip_model: builtin/colour-layout') });
    const exact = await fashionmatch(['search', photograph, '--exact', '--json'], empty, BUILT_IN);
    expect(JSON.parse(exact.stdout)).toEqual({ schema_version: 1, query: { path: photograph }, hits: [] });
    expect(await readdir(empty)).toEqual([]);
    await rm(empty, { recursive: true });
  });

  test('in a store of another encoder is refused, naming both', async () => {
    const swapped = { ...BUILT_IN, FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/colour-layout' };
    const { exitCode, stdout, stderr } = await fashionmatch(['search', PHOTOGRAPH], folder, swapped);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^fashionmatch: The collection fashion_items_dino holds vectors of builtin\/structure/);
    expect(stderr).toMatch(/but builtin\/colour-layout\S* \(512 dimensions\) is configured: set models\.dino_model/);
    expect(stderr.trimEnd()).not.toContain('\n');
    const resized = await fashionmatch(['search', PHOTOGRAPH], folder, {
      ...BUILT_IN,
      FASHIONMATCH_MODELS__RESAMPLE: 'exact',
    });
    expect(resized).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(': set models.resample back, ') });
    expect(resized.stderr).not.toContain('_model');
  });

  test.each([
    ['a score that nothing reaches', ['--id', NAVY, '--min-score', '1'], 'Nothing reaches --min-score: lower it'],
    ['a filter that nothing passes', ['--where', 'not price>=0 and price>0'], 'No stored item passes --where: ask for'],
    ['a value that nobody has', ['--where', 'brand=nordlis'], 'No item has brand = nordlis; nearest stored: Nordlys'],
  ])('that finds nothing says what keeps items away: %s', async (_, args, note) => {
    const all = args.includes('--id') ? args : [PHOTOGRAPH, ...args];
    const { exitCode, stdout, stderr } = await samples.search(...all);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'No items found.\n' });
    expect(stderr.startsWith(note)).toBe(true);
  });

  test.each([
    ['for an id that is not stored', ['--id', 'nowhere'], 2, 'No item with the id nowhere is stored'],
    ['for a file that is not there', ['none.jpg'], 2, 'none.jpg cannot be searched for: the file does not exist'],
    ['for a file that is no image', ['data/scraped'], 1, 'data/scraped cannot be searched for: '],
    ['for two things', [PHOTOGRAPH, '--id', 'a'], 2, 'Name one thing to search for'],
    ['for nothing', [], 2, 'Name one thing to search for'],
  ])('%s is told what is wrong', async (_, args, exitCode, message) => {
    const outcome = await samples.search(...args);
    expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
    expect(outcome.stderr.trimEnd()).not.toContain('\n');
  });
});
