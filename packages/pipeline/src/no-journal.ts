import type { EmbeddingJournal } from '@fashionmatch/domain';

/** Remembers nothing: for those who keep their vectors in a store that loses none. */
export const NO_JOURNAL: EmbeddingJournal = {
  appendVectors: () => Promise.resolve(),
  updateItems: () => Promise.resolve(),
  getVectors: () => Promise.resolve(new Map()),
  getImported: () => Promise.resolve(new Set()),
  getItems: () => NOTHING,
  getItemsByIds: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
  compact: () => Promise.resolve(0),
  size: () => Promise.resolve({ items: 0, vectors: 0, bytes: 0 }),
  revision: () => Promise.resolve(''),
};

/** No items. */
export const NOTHING: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
