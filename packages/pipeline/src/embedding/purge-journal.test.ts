import { collect, InMemoryEmbeddingJournal, sampleItem } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { purgeJournal } from './purge-journal.js';

const DIMENSIONS = { clip: 4, dino: 3 };

test('a purged journal remembers neither items nor vectors', async () => {
  const journal = new InMemoryEmbeddingJournal();
  const items = Array.from({ length: 2500 }, (_, i) =>
    sampleItem(`item-${String(i)}`, DIMENSIONS, { provenance: { contentSha256: i.toString(16).padStart(64, '0') } }),
  );
  await journal.appendVectors(items, { clip: 'clip-a', dino: 'dino-a' });
  await journal.updateItems(items);
  await purgeJournal(journal);
  expect(await collect(journal.getItems())).toEqual([]);
  expect(await journal.size()).toMatchObject({ items: 0, vectors: 0 });
});
