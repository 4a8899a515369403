import { expect, test } from '@jest/globals';

import { isolateRefused } from './isolate-refused.js';

class Refusal extends Error {}

function storeThatRefuses(bad: ReadonlySet<number>): {
  send: (records: readonly number[]) => Promise<void>;
  stored: number[];
  requests: () => number;
} {
  const stored: number[] = [];
  let requests = 0;
  const send = (records: readonly number[]): Promise<void> => {
    requests++;
    if (records.some((record) => bad.has(record))) return Promise.reject(new Refusal('no'));
    stored.push(...records);
    return Promise.resolve();
  };
  return { send, stored, requests: () => requests };
}

const isRefusal = (error: unknown): boolean => error instanceof Refusal;
const numbers = Array.from({ length: 100 }, (_, i) => i);

test('one request when nothing is refused', async () => {
  const { send, stored, requests } = storeThatRefuses(new Set());
  expect(await isolateRefused(numbers, send, isRefusal)).toEqual([]);
  expect(stored).toEqual(numbers);
  expect(requests()).toBe(1);
});

test('the refused stand alone, and everything else is stored once and in order', async () => {
  const bad = new Set([0, 41, 42, 99]);
  const { send, stored } = storeThatRefuses(bad);
  const refused = await isolateRefused(numbers, send, isRefusal);
  expect(refused.map(({ record }) => record)).toEqual([...bad]);
  expect(stored).toEqual(numbers.filter((n) => !bad.has(n)));
});

test('one refused among 100 costs at most 15 requests', async () => {
  const { send, requests } = storeThatRefuses(new Set([63]));
  await isolateRefused(numbers, send, isRefusal);
  expect(requests()).toBeLessThanOrEqual(15);
});

test('no request for no records', async () => {
  const { send, requests } = storeThatRefuses(new Set());
  expect(await isolateRefused([], send, isRefusal)).toEqual([]);
  expect(requests()).toBe(0);
});

test('any other error ends it', async () => {
  const broken = new Error('disk');
  await expect(isolateRefused(numbers, () => Promise.reject(broken), isRefusal)).rejects.toBe(broken);
});
