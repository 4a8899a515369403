import { VectorStoreError, type VectorStore } from '@fashionmatch/domain';

import { NOTHING } from './no-journal.js';

const refuse = (): Promise<never> =>
  Promise.reject(new VectorStoreError('STORE_FAILED', 'There is no store to write to: it was opened for reading only'));

/** For readers of a place where nothing is stored: no model need be here for that. */
export const EMPTY_STORE: VectorStore = {
  upsert: refuse,
  updateMetadata: refuse,
  delete: refuse,
  clear: refuse,
  filterStored: () => Promise.resolve(new Set()),
  getAllIds: () => NOTHING,
  listItems: () => NOTHING,
  getByIds: () => Promise.resolve([]),
  getItemsByIds: () => Promise.resolve([]),
  count: () => Promise.resolve(0),
  distinctValues: () => Promise.resolve([]),
  revision: () => Promise.resolve(undefined),
  maxCandidates: Infinity,
  candidates: () => Promise.resolve([]),
  scores: () => Promise.resolve(new Map()),
};
