import { expect, test } from '@jest/globals';

import { ChromaRefusal } from './chroma-faults.js';
import { RequestLimits } from './request-limits.js';
import { askInParts, pagesOf, sendInParts } from './within-limits.js';

/** A server that takes so many at once, and says so when it refuses. */
function serverTaking(most: number, usage: string) {
  const limits = new RequestLimits(1_000);
  const sizes: number[] = [];
  const take = (size: number): void => {
    sizes.push(size);
    if (size <= most) return;
    const told = `current usage of ${String(size)} exceeds limit of ${String(most)}`;
    const refusal = `Quota exceeded: '${usage}' exceeded quota limit for action 'Get': ${told}`;
    limits.learn(refusal);
    throw new ChromaRefusal(refusal);
  };
  return { limits, sizes, take };
}

const numbers = Array.from({ length: 1_000 }, (_, i) => i);

test('what is too much at once is sent in parts, and refused once', async () => {
  const { limits, sizes, take } = serverTaking(300, 'Number of records');
  const sent: number[] = [];
  for (let time = 1; time <= 2; time++) {
    await sendInParts(limits, numbers, { limit: 'records', most: 500 }, async (part) => {
      await Promise.resolve();
      take(part.length);
      sent.push(...part);
    });
  }
  expect(sent).toEqual([...numbers, ...numbers]);
  expect(sizes).toEqual([500, 300, 300, 300, 100, 300, 300, 300, 100]);
});

test('pages are as large as the server gives, and the last is known by its size', async () => {
  for (const count of [1_000, 900, 0]) {
    const { limits, take } = serverTaking(300, 'Limit value');
    const pages: number[][] = [];
    const read = async (offset: number, limit: number): Promise<number[]> => {
      await Promise.resolve();
      take(limit);
      return numbers.slice(0, count).slice(offset, offset + limit);
    };
    for await (const page of pagesOf(limits, 30_000, read)) pages.push(page);
    expect(pages.flat()).toEqual(numbers.slice(0, count));
    expect(pages).toHaveLength(Math.floor(count / 300) + 1);
  }
});

test('pages grow from the first one on, up to what a page has at most', async () => {
  const read = (offset: number, limit: number): Promise<number[]> =>
    Promise.resolve(numbers.slice(offset, offset + limit));
  const pages: number[][] = [];
  for await (const page of pagesOf(new RequestLimits(1_000), 300, read, 100)) pages.push(page);
  expect(pages.map(({ length }) => length)).toEqual([100, 200, 300, 300, 100]);
  expect(pages.flat()).toEqual(numbers);
});

test('ids that the server has no rows of are not asked for, once that is known', async () => {
  const { limits, sizes, take } = serverTaking(8, 'ID size (bytes)');
  const asked: string[] = [];
  await askInParts(limits, ['a', 'ééééé', 'b'], { limit: 'rows', most: 10 }, async (part) => {
    await Promise.resolve();
    take(Math.max(...part.map((id) => Buffer.byteLength(id))));
    asked.push(...part);
  });
  expect(asked).toEqual(['a', 'b']);
  expect(sizes).toEqual([10, 1]);
});

test('a refusal that tells nothing new is thrown', async () => {
  const limits = new RequestLimits(10);
  const refusal = new ChromaRefusal('Expected ids');
  const send = (): Promise<void> => Promise.reject(refusal);
  await expect(sendInParts(limits, numbers, { limit: 'rows', most: 5 }, send)).rejects.toBe(refusal);
});
