import { setTimeout as delay } from 'node:timers/promises';

import { VectorStoreError } from '@fashionmatch/domain';
import { InMemoryVectorStore } from '@fashionmatch/domain/testing';
import { parseConfig, type OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';

import { SharedSearch, type SharedSearchOptions } from './shared-search.js';

/** Remembers what is opened and closed, and in which order. */
function setUp(
  idleMs: number,
  failures = 0,
  { isCurrent, isWanted }: Pick<SharedSearchOptions, 'isCurrent' | 'isWanted'> = {},
) {
  const events: string[] = [];
  let count = 0;
  const open = async (): Promise<OpenedSimilaritySearch> => {
    await delay(1);
    const name = String(++count);
    if (count <= failures) throw new VectorStoreError('STORE_LOCKED', 'somebody else has it');
    events.push(`open ${name}`);
    const nothing = (): Promise<never> => Promise.reject(new RangeError('Nothing is searched here'));
    const close = async (): Promise<void> => {
      await delay(5);
      events.push(`close ${name}`);
    };
    const none = new InMemoryVectorStore({ clip: 1, dino: 1 });
    const store = {
      count: () => Promise.resolve(count),
      getAllIds: () => none.getAllIds(),
      getByIds: nothing,
      getItemsByIds: nothing,
    };
    const search = {
      byFile: nothing,
      byImage: nothing,
      byId: nothing,
      byText: nothing,
      byParts: nothing,
      byEmbedding: nothing,
      isEmpty: nothing,
      hints: nothing,
    };
    const scorer = {
      weights: { clip: 1, dino: 0 },
      describe: () => {
        throw new RangeError();
      },
    };
    return {
      config: parseConfig({}),
      search,
      store,
      items: { item: nothing, page: nothing, values: nothing },
      contents: nothing,
      copyThresholds: { clip: 1, dino: 1 },
      scorer,
      thumbnails: { ofFile: nothing, ofItem: nothing },
      judge: nothing,
      [Symbol.asyncDispose]: close,
    };
  };
  return { search: new SharedSearch(open, { idleMs, isCurrent, isWanted, askEveryMs: 5, lookEveryMs: 0 }), events };
}
const countOf = ({ store }: OpenedSimilaritySearch): Promise<number> => store.count();

test('is opened once for all who need it, and closed when nobody has needed it for a while', async () => {
  const { search, events } = setUp(20);
  await Promise.all([search.use(countOf), search.use(countOf), search.use(countOf)]);
  expect(events).toEqual(['open 1']);
  await delay(60);
  expect(events).toEqual(['open 1', 'close 1']);
  await search.use(countOf);
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
});

test('is let go as soon as nobody uses it when somebody waits for the store', async () => {
  let isWanted = false;
  const { search, events } = setUp(60_000, 0, { isWanted: () => Promise.resolve(isWanted) });
  await search.use(countOf);
  await delay(50);
  expect(events).toEqual(['open 1']);
  await search.use(() => {
    isWanted = true;
    return delay(50);
  });
  expect(events).toEqual(['open 1']);
  await delay(50);
  expect(events).toEqual(['open 1', 'close 1']);
  await search[Symbol.asyncDispose]();
});

test('gives way to somebody who waits for the store while others go on searching', async () => {
  let isWanted = false;
  const { search, events } = setUp(60_000, 0, { isWanted: () => Promise.resolve(isWanted) });
  const first = search.use(() => delay(30));
  isWanted = true;
  const second = search.use(countOf);
  await first;
  await delay(30);
  expect(events).toEqual(['open 1', 'close 1']);
  isWanted = false;
  expect(await second).toBe(2);
  await search[Symbol.asyncDispose]();
});

test('is not opened again before it is closed', async () => {
  const { search, events } = setUp(1);
  await search.use(countOf);
  await delay(3);
  await search.use(countOf);
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
});

test('is kept while it is in use, however long', async () => {
  const { search, events } = setUp(1);
  expect(search.isInUse).toBe(false);
  const used = search.use(() => delay(20));
  await delay(10);
  expect(search.isInUse).toBe(true);
  await used;
  expect(search.isInUse).toBe(false);
  expect(events).toEqual(['open 1']);
  await search[Symbol.asyncDispose]();
});

test('that cannot be opened is tried again by the next', async () => {
  const { search, events } = setUp(1000, 1);
  await expect(search.use(countOf)).rejects.toThrow('somebody else has it');
  await search.use(countOf);
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 2', 'close 2']);
});

test('whose store fails is opened anew by the next', async () => {
  const { search, events } = setUp(1000);
  const failing = search.use(() => Promise.reject(new VectorStoreError('STORE_UNREACHABLE', 'the server has gone')));
  await expect(failing).rejects.toThrow('the server has gone');
  await search.use(countOf);
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
});

test('that is another by now is opened anew for those who come, after those who have begun are done', async () => {
  let serving = '1';
  const { search, events } = setUp(1000, 0, { isCurrent: () => Promise.resolve(serving === '1') });
  const used: string[] = [];
  const long = search.use(async ({ store }) => {
    await delay(40);
    used.push(`began with ${String(await store.count())}`);
  });
  await delay(5);
  serving = '2';
  const next = search.use(async ({ store }) => {
    used.push(`came to ${String(await store.count())}`);
  });
  await Promise.all([long, next]);
  serving = '1';
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
  expect(used).toHaveLength(2);
  expect(used[0]).toMatch(/^began/);
});

test('of which it cannot be told whether it is another is kept', async () => {
  const { search, events } = setUp(1000, 0, {
    isCurrent: () => Promise.reject(new VectorStoreError('STORE_UNREACHABLE', 'away')),
  });
  await search.use(countOf);
  await search.use(countOf);
  await search[Symbol.asyncDispose]();
  expect(events).toEqual(['open 1', 'close 1']);
});
