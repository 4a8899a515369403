import { test } from '@jest/globals';

import {
  embeddingJournalContract,
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  FakeTextTower,
  generationCatalogueContract,
  imageDecoderContract,
  imageEncoderContract,
  InMemoryEmbeddingJournal,
  InMemoryGenerationCatalogue,
  InMemoryItemArchive,
  InMemoryItemSource,
  InMemoryStoreEngine,
  InMemoryStoreHalf,
  InMemoryStorePlace,
  InMemoryVectorStore,
  InMemoryWorkQueue,
  type InMemoryGenerationPlace,
  itemArchiveContract,
  itemSourceContract,
  storeEngineContract,
  storeHalfContract,
  textTowerContract,
  vectorStoreContract,
  workQueueContract,
} from '../index.js';

vectorStoreContract(test, (dimensions) => Promise.resolve(new InMemoryVectorStore(dimensions)));

embeddingJournalContract(test, () => Promise.resolve(new InMemoryEmbeddingJournal()));

imageDecoderContract(test, () =>
  Promise.resolve({
    decoder: new FakeImageDecoder(),
    encodeLossless: (image) => Promise.resolve(encodeFakeImage(image)),
  }),
);

imageEncoderContract(test, () => Promise.resolve(new FakeImageEncoder(24)));

textTowerContract(test, () => Promise.resolve(new FakeTextTower(24)));

itemSourceContract(test, (images) => {
  const source = new InMemoryItemSource('references');
  for (const [i, bytes] of images.entries()) source.add(`/photos/${String(i)}.jpg`, bytes);
  return Promise.resolve({
    source,
    vanish: (item) => {
      source.images.delete(item.file.path);
      return Promise.resolve();
    },
  });
});

itemArchiveContract(test, () => Promise.resolve(new InMemoryItemArchive()));

storeHalfContract(test, () => Promise.resolve(new InMemoryStoreHalf('fashion_items_clip', 16)));

storeEngineContract(test, () => {
  const place = new InMemoryStorePlace();
  return Promise.resolve({ engine: (access) => new InMemoryStoreEngine(access, place) });
});

generationCatalogueContract(test, () => {
  const place: InMemoryGenerationPlace = {};
  return Promise.resolve({ catalogue: () => new InMemoryGenerationCatalogue(place) });
});

workQueueContract(test, () => {
  const queue = new InMemoryWorkQueue();
  const loseWorkers = (): Promise<void> => {
    queue.loseActive();
    return Promise.resolve();
  };
  return Promise.resolve({ queue, loseWorkers });
});
