import type { StoredItem } from '@fashionmatch/domain';
import { InMemoryEmbeddingJournal, InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { StoredIndex } from './stored-index.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODER_IDS = { clip: 'clip-a', dino: 'dino-a' };
const PATH = '/photos/coat.jpg';

const itemAt = (itemId: string, filePath: string) => sampleItem(itemId, DIMENSIONS, { provenance: { filePath } });

test('of two items that the journal knows at one path, the stored one is there, whichever comes last', async () => {
  for (const storedId of ['a', 'b']) {
    const items = [itemAt('a', PATH), itemAt('b', PATH)];
    const [store, journal] = [new InMemoryVectorStore(DIMENSIONS), new InMemoryEmbeddingJournal()];
    await journal.appendVectors(items, ENCODER_IDS);
    await journal.updateItems(items);
    await store.upsert(items.filter(({ item }) => item.itemId === storedId));
    const index = await StoredIndex.of(store, journal);
    expect(index.size).toBe(1);
    expect(index.atPath(PATH)?.itemId).toBe(storedId);
  }
});

test('an item that is no longer stored leaves its id to the file at its path', async () => {
  const journal = new InMemoryEmbeddingJournal();
  await journal.appendVectors([itemAt('a', PATH)], ENCODER_IDS);
  await journal.updateItems([itemAt('a', PATH)]);
  const index = await StoredIndex.of(new InMemoryVectorStore(DIMENSIONS), journal);
  expect([index.size, index.atPath(PATH), index.rememberedIdAt(PATH)]).toEqual([0, undefined, 'a']);
});

test('an item that the journal does not know is told of, and is there all the same', async () => {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert([itemAt('a', PATH)]);
  const told: StoredItem[] = [];
  const onUnjournaled = (items: readonly StoredItem[]): Promise<void> => {
    told.push(...items);
    return Promise.resolve();
  };
  const index = await StoredIndex.of(store, new InMemoryEmbeddingJournal(), { onUnjournaled });
  expect(index.atPath(PATH)?.itemId).toBe('a');
  expect(told.map(({ item }) => item.itemId)).toEqual(['a']);
});

test('an item that is removed takes its content with it, unless another has the same', async () => {
  const [store, journal] = [new InMemoryVectorStore(DIMENSIONS), new InMemoryEmbeddingJournal()];
  const items = [itemAt('a', PATH), itemAt('b', '/photos/copy.jpg')];
  await store.upsert(items);
  const index = await StoredIndex.of(store, journal);
  const content = items[0]?.provenance.contentSha256 ?? '';
  expect(index.withContent(content).map(({ itemId }) => itemId)).toEqual(['a', 'b']);
  index.remove('a');
  expect(index.withContent(content).map(({ itemId }) => itemId)).toEqual(['b']);
  index.remove('b');
  expect(index.withContent(content)).toEqual([]);
});
