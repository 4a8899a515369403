import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { lengthOf, UNIT_LENGTH_TOLERANCE } from '@fashionmatch/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, FashionmatchProcess, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

let folder = '';

/** Makes a working directory with the sample data where the defaults look for it. */
async function makeFolder(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-end-to-end-'));
  await copySampleData(join(folder, 'data'));
}

const removeFolder = (): Promise<void> => rm(folder, { recursive: true });

const run = (...args: string[]): Promise<Outcome> => fashionmatch(args, folder, BUILT_IN);

/** Processes of Chroma servers that serve this test's folder. */
function servers(): string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && line.includes('chroma-server-process'));
}

async function serversGone(): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (servers().length === 0) return true;
    await delay(100);
  }
  return false;
}

/** One store for all of them, in this order: each that is made anew takes seconds. */
describe('embed', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    await makeFolder();
    outcome = await run('embed', '--json');
  });
  afterAll(removeFolder);

  test('stores both vectors of every image in step, and prints nothing but one document', async () => {
    const { exitCode, stdout } = outcome;
    expect(exitCode).toBe(3);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      schema_version: 1,
      status: 'completed_with_failures',
      results: {
        references: { total_items: 62, processed_items: 60, skipped_items: 0, failed_items: 2, source: 'references' },
        scraped: { total_items: 20, processed_items: 20, skipped_items: 0, failed_items: 0, source: 'scraped' },
      },
      total: { total_items: 82, processed_items: 80, skipped_items: 0, failed_items: 2 },
      failures: [
        { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
        { source: 'references', stage: 'decode', code: 'IMAGE_INVALID' },
      ],
      models: { clip: { dimensions: 512, precision: 'fp32', device: 'cpu' }, dino: { dimensions: 384 } },
    });
    expect(servers()).toEqual([]);

    const { clip, dino } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
    expect(clip.ids).toHaveLength(80);
    expect(new Set(clip.ids).size).toBe(80);
    expect(dino.ids).toEqual(clip.ids);
    expect(dino.metadatas).toEqual(clip.metadatas);
    for (const [collection, dimensions] of [[clip, 512] as const, [dino, 384] as const]) {
      for (const vector of collection.embeddings) {
        expect(vector).toHaveLength(dimensions);
        expect(Math.abs(lengthOf(vector) - 1)).toBeLessThanOrEqual(UNIT_LENGTH_TOLERANCE);
      }
    }
    expect(clip.metadatas.find((metadata) => metadata?.['fm_source'] === 'scraped')).toMatchObject({
      currency: 'EUR',
      title: expect.any(String),
      price: expect.any(Number),
      brand: expect.any(String),
      url: expect.stringMatching(/^https:/),
      image_url: expect.any(String),
      scraped_at: expect.any(String),
      local_image_path: expect.any(String),
    });
  });

  test('does nothing twice', async () => {
    const { exitCode, stdout } = await run('embed', '--json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ total: { processed_items: 0, skipped_items: 80, failed_items: 2 } });
  });

  test('search finds the photograph itself first, then its look-alikes, with true scores', async () => {
    const { exitCode, stdout } = await run('search', 'data/references/navy-striped-t-shirt.png', '--json', '-k', '5');
    expect(exitCode).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      hits: [{ rank: 1, title: 'navy-striped-t-shirt.png' }, { rank: 2, title: 'Navy striped t-shirt' }, {}, {}, {}],
    });
  });

  test('another model on the same store stops with exit 2 and changes nothing', async () => {
    const before = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
    const swapped = { ...BUILT_IN, FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/structure' };
    const { exitCode, stderr } = await fashionmatch(['embed', '--mode', 'references', '-q'], folder, swapped);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('builtin/colour-layout');
    expect(stderr).toContain('builtin/structure');
    expect(await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items')).toEqual(before);
  });

  test('--force asks first, and with --yes begins anew', async () => {
    expect(await run('embed', '--mode', 'references', '--force', '--no-input')).toMatchObject({ exitCode: 2 });
    expect(await run('embed', '--mode', 'references', '--force')).toMatchObject({ exitCode: 2 });
    const { stdout } = await run('embed', '--mode', 'references', '--force', '--yes', '--json');
    expect(resultsOf(stdout).references).toMatchObject({ processed_items: 60, skipped_items: 0 });
  });
});

describe('a run of its own', () => {
  beforeEach(makeFolder);
  afterEach(removeFolder);

  test('interrupted, it prints its summary, exits with 130, and leaves no server', async () => {
    const interrupted = new FashionmatchProcess(['embed', '--json', '--batch-size', '1'], folder, BUILT_IN);
    while (servers().length === 0) await delay(50);
    await delay(700);
    interrupted.child.kill('SIGINT');
    const { exitCode, stdout } = await interrupted.outcome;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1, status: 'interrupted' });
    expect(await serversGone()).toBe(true);
  });

  describe('a mistake is told in one line, and nothing is made:', () => {
    test.each([
      ['a missing config file', ['embed', '--config', 'none.yaml'], 2, 'none.yaml does not exist'],
      ['an unknown key', ['embed', '--config', 'bad.yaml'], 2, 'models.clip_modl'],
      [
        'a missing folder',
        ['embed', '--mode', 'references', '--references-dir', 'none'],
        2,
        'The folder none does not exist',
      ],
    ])('%s', async (_, args, exitCode, message) => {
      await writeFile(join(folder, 'bad.yaml'), 'models: { clip_modl: x }\n');
      const outcome = await run(...args);
      expect(outcome.exitCode).toBe(exitCode);
      expect(outcome.stderr).toContain(message);
      expect(outcome.stderr.trimEnd()).not.toContain('\n');
      expect(outcome.stdout).toBe('');
      expect(await readdir(join(folder, 'data'))).toEqual(['references', 'scraped']);
    });
  });

  test('one source that cannot be read does not stop the other; exit 1', async () => {
    await rm(join(folder, 'data/scraped'), { recursive: true });
    const { exitCode, stdout, stderr } = await run('embed', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', results: { references: { processed_items: 60 } } });
    expect(stderr).toContain('data/scraped');
  });
});

interface Stats {
  readonly total_items: number;
  readonly processed_items: number;
  readonly skipped_items: number;
  readonly failed_items: number;
}

function resultsOf(stdout: string): { references?: Stats; scraped?: Stats } {
  const document: { results: { references?: Stats; scraped?: Stats } } = JSON.parse(stdout);
  return document.results;
}
