import { setImmediate, setTimeout as delay } from 'node:timers/promises';

import { VectorStoreError } from '@fashionmatch/domain';
import { findDuplicates, type DuplicatesSource, type OpenedSimilaritySearch } from '@fashionmatch/pipeline';

import type { SharedSearch } from './shared-search.js';

/** Vectors of so many items, which come as JSON, are read in a few milliseconds. */
const READ_AT_ONCE = 50;

/** How long others are waited for at most, in milliseconds, and how often it is looked whether there are any. */
const [LONGEST_REST_MS, REST_MS] = [1_000, 5];

/**
 * The shared store as a place to look for copies. It is used for each step by itself: most of the time goes into
 * comparing what was read, and meanwhile the store can be let go. Whoever asks for something else comes first.
 */
export function duplicatesSource(search: SharedSearch): DuplicatesSource {
  const use = <T>(work: (opened: OpenedSimilaritySearch) => Promise<T>): Promise<T> => search.use(work);
  return {
    count: () => use(({ store }) => store.count()),
    // Two generations share a journal.
    revision: () =>
      use(async (opened) => {
        const contents = await opened.contents();
        return contents === undefined ? undefined : `${generationOf(opened)} ${contents}`;
      }),
    find: async (options) => {
      const { generation, thresholds } = await use((opened) =>
        Promise.resolve({ generation: generationOf(opened), thresholds: opened.copyThresholds }),
      );
      const ofSame = <T>(work: (store: OpenedSimilaritySearch['store']) => Promise<T>): Promise<T> =>
        use((opened) => {
          if (generationOf(opened) === generation) return work(opened.store);
          throw new VectorStoreError('STORE_FAILED', 'Another generation serves now: ask again');
        });
      const store = {
        getAllIds: () => ids(() => ofSame((opened) => all(opened.getAllIds()))),
        getByIds: (itemIds: readonly string[]) => ofSame((opened) => opened.getByIds(itemIds)),
        getItemsByIds: (itemIds: readonly string[]) => ofSame((opened) => opened.getItemsByIds(itemIds)),
      };
      const yieldTurn = (): Promise<void> => turnOfOthers(search);
      return findDuplicates(store, { thresholds, readAtOnce: READ_AT_ONCE, yieldTurn, ...options });
    },
  };
}

const generationOf = ({ config }: OpenedSimilaritySearch): string => config.database.openedGeneration ?? '';

async function turnOfOthers(search: Pick<SharedSearch, 'isInUse'>): Promise<void> {
  const restEnds = performance.now() + LONGEST_REST_MS;
  await setImmediate();
  while (search.isInUse && performance.now() < restEnds) await delay(REST_MS);
}

async function* ids(read: () => Promise<readonly string[]>): AsyncGenerator<string> {
  yield* await read();
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
