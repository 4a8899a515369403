import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch, FashionmatchProcess, type Outcome } from './running/fashionmatch-process.js';

const BUILT_IN = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
};
const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';

interface Hit {
  readonly rank: number;
  readonly item_id: string;
  readonly similarity_score: number;
  readonly clip_score: number;
  readonly dino_score: number;
  readonly title: string;
  readonly price: number;
  readonly brand: string;
  readonly percentile: number;
  readonly closeness: string;
}

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-search-parts-'));
  await copySampleData(join(folder, 'data'));
  await fashionmatch(['embed', '--json', '-q'], folder, BUILT_IN);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const search = (...args: string[]): Promise<Outcome> => fashionmatch(['search', ...args], folder, BUILT_IN);

async function hitsOf(...args: string[]): Promise<Hit[]> {
  const { exitCode, stdout, stderr } = await search(...args, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const document: { schema_version: number; hits: Hit[] } = JSON.parse(stdout);
  expect(document.schema_version).toBe(1);
  return document.hits;
}

test('a search takes several parts, a region, standard input and file addresses, and prints paths for pipes', async () => {
  const path = join(folder, PHOTOGRAPH);
  const other = 'data/references/black-floral-shorts.jpg';
  const together = await hitsOf(PHOTOGRAPH, other, '--weight', `3:${other}`, '-k', '2');
  expect(together[0]).toMatchObject({ title: 'black-floral-shorts.jpg' });
  const without = await hitsOf(PHOTOGRAPH, '--minus', other, '-k', '80');
  expect(without.at(-1)?.similarity_score).toBeLessThan(0.2);

  const whole = await hitsOf(PHOTOGRAPH, '-k', '3');
  expect(await hitsOf(`file://${path}`, '-k', '3')).toEqual(whole);
  expect(await hitsOf(PHOTOGRAPH, '--region', '0,0,1,1', '-k', '3')).toEqual(whole);
  expect(await hitsOf(PHOTOGRAPH, '--region', '0.3,0.3,0.4,0.4', '-k', '3')).not.toEqual(whole);
  const piped = new FashionmatchProcess(['search', '-', '-k', '3', '--print0'], folder, BUILT_IN, [
    ...['sh', '-c', `exec "$@" < '${path}'`, 'sh'],
  ]);
  const paths = (await piped.outcome).stdout.split('\0').filter(Boolean);
  expect(paths[0]).toBe(path);
  for (const one of paths) expect((await stat(one)).isFile()).toBe(true);
  expect((await search(PHOTOGRAPH, '-k', '3', '-f')).stdout).toBe(paths.map((one) => `${one}\n`).join(''));
});

test('a search says what a score is worth, and cuts by that', async () => {
  const hits = await hitsOf(PHOTOGRAPH, '-k', '80');
  expect(hits[0]).toMatchObject({ closeness: 'same picture' });
  const percentiles = hits.map(({ percentile }) => percentile);
  expect(percentiles).toEqual(percentiles.toSorted((a, b) => b - a));
  expect(new Set(hits.map(({ closeness }) => closeness))).toContain('weak');
  const confident = await hitsOf(PHOTOGRAPH, '-k', '80', '--min-confidence', '98');
  expect(confident).toEqual(hits.filter(({ percentile }) => percentile >= 98));
  expect(confident.length).toBeGreaterThan(0);
  expect(confident.length).toBeLessThan(80);
});
