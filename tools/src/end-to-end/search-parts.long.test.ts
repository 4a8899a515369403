import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { BUILT_IN, FashionmatchProcess } from './running/fashionmatch-process.js';
import { PHOTOGRAPH, SampleSearch } from './running/sample-search.js';

let samples: SampleSearch;
let folder = '';

beforeAll(async () => {
  samples = await SampleSearch.open();
  ({ folder } = samples);
});

afterAll(async () => {
  await samples[Symbol.asyncDispose]();
});

test('a search takes several parts, a region, standard input and file addresses, and prints paths for pipes', async () => {
  const path = join(folder, PHOTOGRAPH);
  const other = 'data/references/black-floral-shorts.jpg';
  const together = await samples.hitsOf(PHOTOGRAPH, other, '--weight', `3:${other}`, '-k', '2');
  expect(together[0]).toMatchObject({ title: 'black-floral-shorts.jpg' });
  const without = await samples.hitsOf(PHOTOGRAPH, '--minus', other, '-k', '80');
  expect(without.at(-1)?.similarity_score).toBeLessThan(0.2);

  const whole = await samples.hitsOf(PHOTOGRAPH, '-k', '3');
  expect(await samples.hitsOf(`file://${path}`, '-k', '3')).toEqual(whole);
  expect(await samples.hitsOf(PHOTOGRAPH, '--region', '0,0,1,1', '-k', '3')).toEqual(whole);
  expect(await samples.hitsOf(PHOTOGRAPH, '--region', '0.3,0.3,0.4,0.4', '-k', '3')).not.toEqual(whole);
  const piped = new FashionmatchProcess(['search', '-', '-k', '3', '--print0'], folder, BUILT_IN, [
    ...['sh', '-c', `exec "$@" < '${path}'`, 'sh'],
  ]);
  const paths = (await piped.outcome).stdout.split('\0').filter(Boolean);
  expect(paths[0]).toBe(path);
  for (const one of paths) expect((await stat(one)).isFile()).toBe(true);
  expect((await samples.search(PHOTOGRAPH, '-k', '3', '-f')).stdout).toBe(paths.map((one) => `${one}\n`).join(''));
});

test('a search says what a score is worth, and cuts by that', async () => {
  const hits = await samples.hitsOf(PHOTOGRAPH, '-k', '80');
  expect(hits[0]).toMatchObject({ closeness: 'same picture' });
  const percentiles = hits.map(({ percentile }) => percentile);
  expect(percentiles).toEqual(percentiles.toSorted((a, b) => b - a));
  expect(new Set(hits.map(({ closeness }) => closeness))).toContain('weak');
  const confident = await samples.hitsOf(PHOTOGRAPH, '-k', '80', '--min-confidence', '98');
  expect(confident).toEqual(hits.filter(({ percentile }) => percentile >= 98));
  expect(confident.length).toBeGreaterThan(0);
  expect(confident.length).toBeLessThan(80);
});
