import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-plan-'));
  await copySampleData(join(folder, 'data'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function run(...args: string[]): Promise<Outcome> {
  return runWith({}, ...args);
}

function runWith(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return fashionmatch(args, folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
    ...env,
  });
}

test('a dry run touches nothing, a limit is kept, and retry runs only what failed', async () => {
  const planned = await run('embed', '--dry-run', '--json');
  expect(planned.exitCode).toBe(0);
  const document: { items: unknown[] } = JSON.parse(planned.stdout);
  expect(document.items).toHaveLength(82);
  await expect(readFile(join(folder, 'data/chromadb/chroma.sqlite3'))).rejects.toThrow('ENOENT');

  const limited = await run('embed', '--limit', '7', '--json');
  expect(JSON.parse(limited.stdout)).toMatchObject({
    status: 'completed',
    stopped_by: 'limit',
    total: { total_items: 82, processed_items: 7, skipped_items: 0, failed_items: 0, remaining_items: 75 },
  });
  const table = await run('embed', '--limit', '1', '-q');
  expect(table.stdout).toContain('Stopped at the limit: 74 items remain. Run the same command again to go on');

  expect(await run('embed', '--failures-file', 'failed.jsonl', '-q')).toMatchObject({ exitCode: 3 });
  const lines = (await readFile(join(folder, 'failed.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
    { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
  ]);

  const references = join(folder, 'data/references');
  await cp(join(references, 'navy-striped-t-shirt.png'), join(references, 'no-photograph.jpg'));
  const retried = await run('retry', 'failed.jsonl', '--json');
  expect(retried.exitCode).toBe(3);
  expect(JSON.parse(retried.stdout)).toMatchObject({
    total: { total_items: 2, processed_items: 1, failed_items: 1 },
  });

  expect(await run('embed', '--max-failures', '0', '-q')).toMatchObject({ exitCode: 1 });

  await rm(join(references, 'navy-striped-t-shirt.png'));
  const toPrune = await run('embed', '--dry-run', '--prune');
  expect(toPrune).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('remove from the store (gone)') });
  const pruned = await run('embed', '--prune', '--json');
  expect(JSON.parse(pruned.stdout)).toMatchObject({
    results: {
      references: { removed_items: 1, removed_ids: [expect.stringMatching(/^ref_navy-striped-t-shirt_/)] },
      scraped: { removed_items: 0, removed_ids: [] },
    },
  });
});

const NOBODY = { FASHIONMATCH_DATABASE__HOST: '127.0.0.1', FASHIONMATCH_DATABASE__PORT: '1' };
const NO_MODEL = { FASHIONMATCH_MODELS__CLIP_MODEL: './no-model' };
const FORMER_LIST = '{"source":"scraped","item_id":"former"}\n{"source":"references","item_id":"older"}\n';

describe('lists and pages of a former run', () => {
  beforeEach(async () => {
    await writeFile(join(folder, 'former.jsonl'), FORMER_LIST);
    await writeFile(join(folder, 'former.html'), 'former');
  });

  const stand = async (): Promise<void> => {
    expect(await readFile(join(folder, 'former.jsonl'), 'utf8')).toBe(FORMER_LIST);
    expect(await readFile(join(folder, 'former.html'), 'utf8')).toBe('former');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  };

  test.each([
    ['a report that cannot be written', {}, 2, ['--report', 'none/report.html']],
    ['a confirmation that nobody gives', {}, 2, ['--report', 'former.html', '--force', '--no-input']],
    ['a store that does not answer', NOBODY, 5, ['--report', 'former.html']],
    ['a model that is not there', NO_MODEL, 6, ['--report', 'former.html', '--force', '--purge-journal', '--yes']],
  ])('%s: the run does not begin, and they stay', async (_, env, exitCode, args) => {
    const outcome = await runWith(env, 'embed', '--failures-file', 'former.jsonl', ...args, '-q');
    expect(outcome).toMatchObject({ exitCode });
    await stand();
  });

  test('a retry that is cut short leaves its list as it was', async () => {
    const elsewhere = { FASHIONMATCH_SCRAPER__OUTPUT_DIR: join(folder, 'none') };
    const outcome = await runWith(elsewhere, 'retry', 'former.jsonl', '--failures-file', 'former.jsonl');
    expect(outcome).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('stays as it was') });
    // A source that cannot be read is named once.
    expect(outcome.stderr.match(/scraped batches cannot be read/g)).toHaveLength(1);
    await stand();
  });

  test('a run that began and was ended by its failures has them in the list', async () => {
    expect(await run('embed', '--failures-file', 'former.jsonl', '--max-failures', '0', '-q')).toMatchObject({
      exitCode: 1,
    });
    expect(await readFile(join(folder, 'former.jsonl'), 'utf8')).toMatch(/^\{"item_id":"ref_.*"IMAGE_INVALID".*\}\n$/);
  });
});
