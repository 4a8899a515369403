import { InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { NO_JOURNAL } from '../no-journal.js';
import { KeptColumns } from './kept-columns.js';

const DIMENSIONS = { clip: 4, dino: 3 };

/** A store that counts how often all of it is read, and can be made to fail or to change meanwhile. */
class CountingStore extends InMemoryVectorStore {
  reads = 0;
  meanwhile: (() => Promise<unknown>) | undefined;

  override async *getAllIds(): AsyncIterable<string> {
    this.reads++;
    yield* super.getAllIds();
    await this.meanwhile?.();
  }
}

async function setUp() {
  const store = new CountingStore(DIMENSIONS);
  await store.upsert([sampleItem('a', DIMENSIONS)]);
  return { store, kept: new KeptColumns(store, NO_JOURNAL) };
}

test('what was read is kept until the store changes, and read once by searches at the same time', async () => {
  const { store, kept } = await setUp();
  expect(await kept.known()).toBeUndefined();
  const [one, other] = await Promise.all([kept.read(), kept.read()]);
  expect(one).toBe(other);
  expect(await kept.known()).toBe(one);
  expect(store.reads).toBe(1);
  await store.upsert([sampleItem('b', DIMENSIONS)]);
  expect(await kept.known()).toBeUndefined();
  expect((await kept.read())?.size).toBe(2);
  expect(store.reads).toBe(2);
});

test('what changed while it was read is not kept', async () => {
  const { store, kept } = await setUp();
  store.meanwhile = () => store.delete(['a']);
  await kept.read();
  store.meanwhile = undefined;
  expect(await kept.known()).toBeUndefined();
  expect((await kept.read())?.size).toBe(0);
});

test('a read that failed is tried again', async () => {
  const { store, kept } = await setUp();
  store.meanwhile = () => Promise.reject(new Error('gone'));
  await expect(kept.read()).rejects.toThrow('gone');
  store.meanwhile = undefined;
  expect((await kept.read())?.size).toBe(1);
});

test('nothing is kept of a store that cannot tell when it changes', async () => {
  const { store, kept } = await setUp();
  store.revision = () => Promise.resolve(undefined);
  expect([await kept.known(), await kept.read()]).toEqual([undefined, undefined]);
  expect(store.reads).toBe(0);
});
