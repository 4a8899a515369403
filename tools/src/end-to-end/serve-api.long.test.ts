import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';
import { PHOTOGRAPH, SampleSearch, type Hit } from './running/sample-search.js';
import { startServe, type StartedServe } from './running/start-serve.js';

interface Item {
  readonly item_id: string;
  readonly price: number;
  readonly brand: string;
  readonly picture: string;
}

interface Page {
  readonly total: number;
  readonly items: readonly Item[];
  readonly hits: readonly Hit[];
  readonly groups: readonly { readonly items: readonly Item[] }[];
  readonly values: readonly string[];
}

let samples: SampleSearch;
let serve: StartedServe;

beforeAll(async () => {
  samples = await SampleSearch.open();
  const references = join(samples.folder, 'data/references');
  await writeFile(join(references, 'copy.png'), await readFile(join(samples.folder, PHOTOGRAPH)));
  await fashionmatch(['embed', '-q'], samples.folder, BUILT_IN);
  serve = await startServe([], samples.folder, BUILT_IN);
});

afterAll(async () => {
  serve.server.child.kill('SIGTERM');
  await serve.server.outcome;
  await samples[Symbol.asyncDispose]();
});

/** What is answered when it is there. */
async function ask(path: string, options: RequestInit = {}): Promise<Page> {
  const answer = await fetch(new URL(path, serve.url), options);
  if (answer.status === 202) {
    await delay(100);
    return ask(path, options);
  }
  expect(answer.status).toBe(200);
  const page: Page = JSON.parse(await answer.text());
  return page;
}

const idsOf = ({ items }: Pick<Page, 'items'>): string[] => items.map(({ item_id }) => item_id);

test('all items are listed, each once, those that were stored last at the end', async () => {
  const { total } = await ask('/api/items?limit=1');
  const ids: string[] = [];
  for (let offset = 0; offset < total; offset += 25) {
    ids.push(...idsOf(await ask(`/api/items?limit=25&offset=${String(offset)}`)));
  }
  expect(new Set(ids).size).toBe(total);
  expect(ids.at(-1)).toMatch(/copy/);
  // What was read of all items for another order has the same one.
  const { items } = await ask('/api/items?limit=200&sort=-price');
  expect(idsOf({ items }).toSorted()).toEqual(ids.toSorted());
  expect(idsOf(await ask('/api/items?limit=200'))).toEqual(ids);
  const prices = items.map(({ price }) => price);
  expect(prices).toEqual(prices.toSorted((a, b) => b - a));
});

test('a filter of the form finds what it is for, by the values that are told', async () => {
  const { values } = await ask('/api/values?field=brand');
  const [brand = ''] = values;
  const where = encodeURIComponent(`brand = "${brand}"`);
  const { items, total } = await ask(`/api/items?limit=200&where=${where}`);
  expect(items).toHaveLength(total);
  expect(new Set(items.map((item) => item.brand.toLowerCase()))).toEqual(new Set([brand.toLowerCase()]));
});

test('a picture is drawn, and known again', async () => {
  const [item] = (await ask('/api/items?limit=1')).items;
  const address = new URL(item?.picture ?? '', serve.url);
  const drawn = await fetch(address);
  expect(drawn.headers.get('content-type')).toBe('image/webp');
  expect(drawn.headers.get('cache-control')).toContain('immutable');
  const again = await fetch(address, { headers: { 'if-none-match': drawn.headers.get('etag') ?? '' } });
  expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
});

test('a part of a photo finds the same as on the command line, and tells the same of it', async () => {
  const region = '0.3,0.3,0.4,0.4';
  const body = await readFile(join(samples.folder, PHOTOGRAPH));
  const headers = { 'content-type': 'image/png' };
  const query = `/api/search?top_k=5&distinct=false&region=${region}`;
  const { hits } = await ask(query, { method: 'POST', headers, body });
  const told = ({ item_id, similarity_score, percentile, closeness }: Hit): object => {
    return { item_id, similarity_score, percentile, closeness };
  };
  const expected = await samples.hitsOf(PHOTOGRAPH, '--region', region, '-k', '5');
  expect(hits.map(told)).toEqual(expected.map(told));
});

test('copies are those that the command line finds', async () => {
  const { stdout } = await fashionmatch(['duplicates', '--json', '-q'], samples.folder, BUILT_IN);
  const expected: Pick<Page, 'groups'> = JSON.parse(stdout);
  expect(expected.groups.length).toBeGreaterThan(0);
  const { groups, total } = await ask('/api/duplicates?limit=100');
  expect(total).toBe(expected.groups.length);
  expect(groups.map(idsOf)).toEqual(expected.groups.map(idsOf));
});
