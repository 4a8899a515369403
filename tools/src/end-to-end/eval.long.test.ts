import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type Outcome } from './running/fashionmatch-process.js';

interface EvaluationDocument {
  readonly evaluated_queries: number;
  readonly failed_queries: number;
  readonly relevant_not_stored: number;
  readonly metrics: Record<string, { mean: number; low: number; high: number }>;
  readonly gates: unknown[];
  readonly comparison?: { compared_queries: number; differences: Record<string, { mean: number; is_noise: boolean }> };
  readonly sweep?: { metric: string; tried: { clip: number; mean: number }[] };
  readonly failures: { query: string; reason: string }[];
}

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-eval-'));
  await copySampleData(join(folder, 'data'));
  await fashionmatch(['embed', '--json', '-q'], folder, BUILT_IN);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const evaluate = (...args: string[]): Promise<Outcome> =>
  fashionmatch(['eval', ...args, '--log-level', 'warn'], folder, BUILT_IN);

function documentOf({ stdout }: Outcome): EvaluationDocument {
  const document: EvaluationDocument = JSON.parse(stdout);
  return document;
}

describe('eval', () => {
  test('tries photographs by labels; one that cannot be read costs no other', async () => {
    const navy = 'data/references/navy-striped-t-shirt.png';
    const { stdout } = await fashionmatch(['search', navy, '-k', '2', '--json'], folder, BUILT_IN);
    const found: { hits: { item_id: string }[] } = JSON.parse(stdout);
    const [itself = { item_id: '' }, second = { item_id: '' }] = found.hits;
    await writeFile(
      join(folder, 'labels.csv'),
      `query,relevant,grade\n${navy},${second.item_id},1\n${navy},unheard-of,1\n../outside.png,x,1\n${itself.item_id},${second.item_id},2\n`,
    );
    const outcome = await evaluate('labels.csv', '--json', '--at', '1,2', '--html', 'page.html');
    expect({ exitCode: outcome.exitCode, stderr: outcome.stderr }).toEqual({ exitCode: 3, stderr: '' });
    const document = documentOf(outcome);
    expect(document).toMatchObject({ evaluated_queries: 2, failed_queries: 1, relevant_not_stored: 2 });
    expect(document.failures).toMatchObject([{ query: '../outside.png' }]);
    // The stored item is no answer to itself: its first hit is the photograph's second.
    expect(document.metrics['mrr']?.mean).toBeCloseTo((1 / 2 + 1) / 2);
    expect(document.metrics['recall@2']?.mean).toBeCloseTo((1 / 2 + 1) / 2);
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    expect(page.match(/<img class="picture"/g)?.length).toBeGreaterThan(8);
    expect(page).not.toMatch(/src="(?!data:)/);
  });

  test('compares two stores by the same queries, proposes weights, and exits with 4 at a gate', async () => {
    await writeFile(join(folder, 'other.yaml'), 'models:\n  fusion_weights:\n    clip: 0.6\n    dino: 0.4\n');
    const args = ['--by', 'category', '--against', 'other.yaml', '--weights-sweep', '--json'];
    const outcome = await evaluate(...args, '--gate', 'ndcg@3>=0.99', '--gate', 'mrr>0');
    expect(outcome.exitCode).toBe(4);
    const { gates, comparison, sweep, evaluated_queries } = documentOf(outcome);
    expect(gates).toMatchObject([
      { expression: 'ndcg@3>=0.99', met: false },
      { expression: 'mrr>0', met: true },
    ]);
    expect(comparison?.compared_queries).toBe(evaluated_queries);
    for (const difference of Object.values(comparison?.differences ?? {})) {
      expect(difference).toMatchObject({ mean: 0, is_noise: true });
    }
    expect(sweep).toMatchObject({ metric: 'ndcg@10' });
    expect(sweep?.tried.map(({ clip }) => clip)).toHaveLength(21);
  });

  test('says what is missing', async () => {
    const neither = await evaluate();
    expect(neither).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--by with a field') });
    const nothing = await evaluate('none.csv');
    expect(nothing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('The labels none.csv') });
  });
});
