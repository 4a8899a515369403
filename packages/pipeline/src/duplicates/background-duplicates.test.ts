import { setTimeout as delay } from 'node:timers/promises';

import { sampleItem } from '@fashionmatch/domain/testing';
import { afterEach, expect, jest, test } from '@jest/globals';

import { BackgroundDuplicates, type DuplicatesSource } from './background-duplicates.js';
import type { DuplicateReport } from './find-duplicates.js';

const REPORT: DuplicateReport = {
  items: 2,
  contents: 1,
  groups: [
    {
      kind: 'exact',
      isRelist: false,
      items: ['a', 'b'].map((id) => ({ ...sampleItem(id, { clip: 1, dino: 1 }), isExact: true })),
      lowest: undefined,
    },
  ],
  thresholds: { clip: 0.9, dino: 0.9 },
};

const FOUND = {
  groups: [
    {
      kind: 'exact',
      isRelist: false,
      lowest: undefined,
      members: [
        { itemId: 'a', isExact: true },
        { itemId: 'b', isExact: true },
      ],
    },
  ],
};

/** A source whose searches end when they are told to. */
class Source implements DuplicatesSource {
  now: string | undefined = '1';
  readonly searches: {
    readonly options: Parameters<DuplicatesSource['find']>[0];
    readonly end: (report: DuplicateReport) => void;
    readonly fail: (reason: Error) => void;
  }[] = [];

  count(): Promise<number> {
    return Promise.resolve(7);
  }

  revision(): Promise<string | undefined> {
    return Promise.resolve(this.now);
  }

  find(options: Parameters<DuplicatesSource['find']>[0]): Promise<DuplicateReport> {
    return new Promise((end, fail) => {
      this.searches.push({ options, end, fail });
      options.signal?.addEventListener('abort', () => {
        fail(new Error('stopped'));
      });
    });
  }
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('are looked for once, however many ask, while it is told how far that is', async () => {
  const source = new Source();
  await using duplicates = new BackgroundDuplicates(source);
  expect(await Promise.all([duplicates.find(), duplicates.find()])).toEqual([
    { done: 0, total: 14 },
    { done: 0, total: 14 },
  ]);
  source.searches[0]?.options.onProgress?.(5);
  expect(await duplicates.find()).toEqual({ done: 5, total: 14 });
  source.searches[0]?.options.onProgress?.(7);
  source.searches[0]?.options.onCompared?.(0.5);
  expect(await duplicates.find()).toEqual({ done: 10, total: 14 });
  source.searches[0]?.end(REPORT);
  expect(await duplicates.find()).toEqual(FOUND);
  expect(await duplicates.find()).toEqual(FOUND);
  expect(source.searches).toHaveLength(1);
});

test('that are found at once are told at once', async () => {
  const source = new Source();
  source.find = () => Promise.resolve(REPORT);
  await using duplicates = new BackgroundDuplicates(source);
  expect(await duplicates.find()).toEqual(FOUND);
});

test.each([
  ['a minute, where the store has changed', '2', 60_000],
  ['ten minutes, where it cannot tell', undefined, 600_000],
])('are kept for %s', async (_, now, ms) => {
  const source = new Source();
  source.find = ({ onProgress }) => {
    onProgress?.(2);
    return Promise.resolve(REPORT);
  };
  await using duplicates = new BackgroundDuplicates(source);
  await duplicates.find();
  source.now = now;
  const find = jest.spyOn(source, 'find');
  const endedAt = performance.now();
  const clock = jest.spyOn(performance, 'now').mockReturnValue(endedAt + ms - 1_000);
  await duplicates.find();
  expect(find).toHaveBeenCalledTimes(0);
  clock.mockReturnValue(endedAt + ms + 1_000);
  await duplicates.find();
  expect(find).toHaveBeenCalledTimes(1);
});

test('of an empty store are looked for each time, where it cannot tell when it changes', async () => {
  const source = new Source();
  source.now = undefined;
  source.find = () => Promise.resolve({ ...REPORT, groups: [] });
  await using duplicates = new BackgroundDuplicates(source);
  expect(await duplicates.find()).toEqual({ groups: [] });
  source.find = () => Promise.resolve(REPORT);
  expect(await duplicates.find()).toEqual(FOUND);
});

test('that could not be looked for are told of once, and looked for again', async () => {
  const source = new Source();
  await using duplicates = new BackgroundDuplicates(source);
  await duplicates.find();
  source.searches[0]?.fail(new Error('the server has gone'));
  await delay(1);
  await expect(duplicates.find()).rejects.toThrow('the server has gone');
  expect(await duplicates.find()).toEqual({ done: 0, total: 14 });
  expect(source.searches).toHaveLength(2);
});

test('are not looked for any more when the server ends', async () => {
  const source = new Source();
  const duplicates = new BackgroundDuplicates(source);
  await duplicates.find();
  await duplicates[Symbol.asyncDispose]();
  expect(source.searches[0]?.options.signal?.aborted).toBe(true);
  await expect(duplicates.find()).rejects.toThrow('The server ends');
  expect(source.searches).toHaveLength(1);
});
