import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readLabels } from './read-labels.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-labels-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function labelsOf(text: string): Promise<(readonly [string, Record<string, number>])[]> {
  const path = join(folder, 'labels');
  await writeFile(path, text);
  return (await readLabels(path)).map(({ query, judged }) => [query, Object.fromEntries(judged)] as const);
}

describe('readLabels', () => {
  test('reads a table with a row a pair, whatever stands between the columns', async () => {
    const labels = [
      ['a', { b: 2, c: 1 }],
      ['d.jpg', { a: 1 }],
    ];
    expect(await labelsOf('query,relevant,grade\na,b,2\nd.jpg,a,\na,c,1\n')).toEqual(labels);
    expect(await labelsOf('\ufeffquery;relevant;grade\r\na;b;2\r\nd.jpg;a;1\r\na;c;1')).toEqual(labels);
    expect(await labelsOf('relevant,query\nb,a\n')).toEqual([['a', { b: 1 }]]);
  });

  test('reads JSON Lines, with and without grades', async () => {
    const text = '{"query":"a","relevant":{"b":2,"c":0}}\n\n{"query":"d","relevant":["a","b"]}';
    expect(await labelsOf(text)).toEqual([
      ['a', { b: 2, c: 0 }],
      ['d', { a: 1, b: 1 }],
    ]);
  });

  test('reads more than one piece of a long file', async () => {
    const rows = Array.from({ length: 9_000 }, (_, i) => `query-${String(i)},relevant-${String(i)}`);
    expect(await labelsOf(['query,relevant', ...rows].join('\n'))).toHaveLength(9_000);
    const lines = rows.map((_, i) => JSON.stringify({ query: `q${String(i)}`, relevant: ['a'] }));
    expect(await labelsOf(lines.join('\n'))).toHaveLength(9_000);
  });

  test('keeps names that are those of every object', async () => {
    expect(await readLabelsOf('{"query":"__proto__","relevant":["constructor"]}')).toEqual([
      ['__proto__', ['constructor']],
    ]);
  });

  test.each([
    ['query,answer\na,b', 'the table has no column "relevant"'],
    ['query,relevant,grade\na,b,good', 'row 1: grade'],
    ['query,relevant,grade\na,b,-1', 'row 1: grade'],
    ['query,relevant\na,\n', 'row 1: relevant'],
    ['{"query":"a","relevant":["b"]}\n{"query":', 'line 2 is no JSON'],
    ['{"query":"a"}', 'line 1: relevant'],
    ['{"query":"a","relevant":{"b":"2"}}', 'line 1: relevant'],
    ['', 'the file is empty'],
  ])('refuses %p and says why', async (text, reason) => {
    await expect(labelsOf(text)).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  test('says that there is no such file', async () => {
    await expect(readLabels(join(folder, 'none'))).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  });
});

async function readLabelsOf(text: string): Promise<[string, string[]][]> {
  const path = join(folder, 'names');
  await writeFile(path, text);
  return (await readLabels(path)).map(({ query, judged }) => [query, [...judged.keys()]]);
}
