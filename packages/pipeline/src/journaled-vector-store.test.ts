import { VectorStoreError } from '@fashionmatch/domain';
import {
  collect,
  InMemoryEmbeddingJournal,
  InMemoryVectorStore,
  sampleItem,
  vectorStoreContract,
} from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { JournaledVectorStore } from './journaled-vector-store.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODERS = { clip: 'clip-a', dino: 'dino-a' };

vectorStoreContract(test, (dimensions) =>
  Promise.resolve(
    new JournaledVectorStore(new InMemoryVectorStore(dimensions), new InMemoryEmbeddingJournal(), ENCODERS),
  ),
);

function setUp() {
  const store = new InMemoryVectorStore(DIMENSIONS);
  const journal = new InMemoryEmbeddingJournal();
  return { store, journal, journaled: new JournaledVectorStore(store, journal, ENCODERS) };
}

const coat = sampleItem('coat', DIMENSIONS);
const hash = coat.provenance.contentSha256;

test('what is stored is in the journal', async () => {
  const { journal, journaled } = setUp();
  await journaled.upsert([coat]);
  expect(await collect(journal.getItems())).toEqual([{ item: coat.item, provenance: coat.provenance }]);
  expect((await journal.getVectors('clip-a', [hash])).get(hash)).toEqual(coat.embeddings.clip);
});

test('a store that fails leaves the vectors in the journal, and no item that is not stored', async () => {
  const { store, journal, journaled } = setUp();
  store.upsert = () => Promise.reject(new VectorStoreError('STORE_UNREACHABLE', 'gone'));
  await expect(journaled.upsert([coat])).rejects.toThrow('gone');
  expect(await collect(journal.getItems())).toEqual([]);
  expect((await journal.getVectors('dino-a', [hash])).get(hash)).toEqual(coat.embeddings.dino);
});

test('an item that the store refuses is not in the journal', async () => {
  const { journal, journaled } = setUp();
  const refused = sampleItem('refused\u0000', DIMENSIONS);
  expect((await journaled.upsert([coat, refused])).failures).toHaveLength(1);
  expect((await collect(journal.getItems())).map(({ item }) => item.itemId)).toEqual(['coat']);
});

test('clearing the store keeps the journal; deleting an item forgets it', async () => {
  const { journal, journaled } = setUp();
  await journaled.upsert([coat, sampleItem('shirt', DIMENSIONS)]);
  await journaled.clear();
  expect(await collect(journal.getItems())).toHaveLength(2);
  await journaled.delete(['coat']);
  expect((await collect(journal.getItems())).map(({ item }) => item.itemId)).toEqual(['shirt']);
});

test('scores come from the journal, and from the store where that lacks one', async () => {
  const { store, journal, journaled } = setUp();
  const shirt = sampleItem('shirt', DIMENSIONS, { provenance: { contentSha256: 'cd'.repeat(32) } });
  await journaled.upsert([coat, shirt]);
  const asked: (readonly string[])[] = [];
  const scores = store.scores.bind(store);
  store.scores = (itemIds, space, vector) => {
    asked.push(itemIds);
    return scores(itemIds, space, vector);
  };
  const expected = await scores(['coat', 'shirt'], 'dino', coat.embeddings.dino);
  expect([...expected.values()]).toEqual([expect.any(Number), expect.any(Number)]);

  expect(await journaled.scores(['coat', 'shirt'], 'dino', coat.embeddings.dino)).toEqual(expected);
  expect(asked).toEqual([[]]);

  await journal.remove(['shirt']);
  expect(await journaled.scores(['coat', 'shirt'], 'dino', coat.embeddings.dino)).toEqual(expected);
  expect(asked).toEqual([[], [], ['shirt']]);
});

test('items are listed from the journal, and from the store where that lacks them', async () => {
  const { store, journal, journaled } = setUp();
  const items = ['coat', 'shirt', 'gone'].map((id) => sampleItem(id, DIMENSIONS));
  await journaled.upsert(items);
  await store.delete(['gone']);
  let asked = 0;
  const listItems = store.listItems.bind(store);
  store.listItems = () => {
    asked++;
    return listItems();
  };
  const idsOf = async (): Promise<string[]> => (await collect(journaled.listItems())).map(({ item }) => item.itemId);
  expect(await idsOf()).toEqual(['coat', 'shirt']);
  expect(asked).toBe(0);
  await journal.remove(['coat']);
  expect(await idsOf()).toEqual(['shirt', 'coat']);
  expect(asked).toBe(1);
});
