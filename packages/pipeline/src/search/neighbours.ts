import {
  itemTest,
  looseFieldsOf,
  narrow,
  type EmbeddingSpace,
  type MetadataFilter,
  type Narrowing,
  type NeighbourQuery,
  type ScoredId,
  type StoreFilter,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

import type { ItemColumns } from './item-columns.js';
import type { KeptColumns } from './kept-columns.js';

/** So many values of a field a store is asked for by name; where there are more, its items are gone through. */
export const MAX_VALUES = 5_000;

/**
 * So many items are compared one by one, which takes twice as long as a query of a large store. In a store of 100,000, of
 * more there are enough for ten hits among the nearest {@link MAX_LOOKED_THROUGH}.
 */
const MAX_LISTED = 6_400;

/** So many, where the store is slow at what it could be asked, or has to be asked for more than passes. */
const MAX_LISTED_RATHER = 25_600;

/**
 * Neighbours are looked through for items that pass only where such a list is expected to be long enough: to name so
 * many takes a large store about as long as to test a condition on the price.
 */
const MAX_LOOKED_THROUGH = 2_560;

/** A list this many times as long as the result shows whether enough of it will pass. */
const LOOKED_THROUGH_PER_HIT = 16;

/** The nearest items among those that a filter lets pass. */
export interface Neighbours {
  /** As {@link VectorStore.candidates}; some may not pass, of which those that are marked are known. */
  readonly nearest: (query: Omit<NeighbourQuery, 'filter'>) => Promise<(ScoredId & { readonly isLeftOut?: boolean })[]>;
  readonly passes: (stored: StoredItem) => boolean;
  /** As {@link VectorStore.maxCandidates}. */
  readonly longestList: () => number;
}

type SearchedStore = Pick<
  VectorStore,
  'candidates' | 'distinctValues' | 'getItemsByIds' | 'listItems' | 'maxCandidates' | 'scores'
>;

/** Where neighbours that pass a filter are found. */
export interface SearchedNeighbours {
  /** Those nearby, whose lists may end before there are enough; absent where that is no quicker. */
  readonly nearby?: Neighbours;
  readonly all: () => Promise<Neighbours>;
}

/**
 * What a store cannot compare by itself is put in its words: a text of which case does not count becomes those of its
 * stored values that fold to it. A condition that many items meet is tested on the nearest ones first, unless the store
 * itself is quick at it; where few items pass, they are compared one by one; and where a field has too many values to
 * name, the store is asked for less, and what does not pass is left out of its answers.
 */
export async function neighboursWithin(
  store: SearchedStore,
  columns: Pick<KeptColumns, 'known' | 'read'>,
  filter: MetadataFilter | undefined,
  topK: number,
): Promise<SearchedNeighbours> {
  const longestList = (): number => store.maxCandidates;
  const anything = { nearest: (query: NeighbourQuery) => store.candidates(query), passes: () => true, longestList };
  if (filter === undefined) return { all: () => Promise.resolve(anything) };
  const passes = itemTest(filter);
  const among = (itemIds: readonly string[]): Neighbours => {
    return { nearest: nearestAmong(store, itemIds), passes, longestList: () => Infinity };
  };
  const fromStore = (asked: StoreFilter): Neighbours => {
    return { nearest: (query) => store.candidates({ ...query, filter: asked }), passes, longestList };
  };
  if (looseFieldsOf(filter).size === 0 && !hasPrice(filter)) {
    const { filter: asked } = narrow(filter, () => undefined);
    return { all: () => Promise.resolve(fromStore(asked)) };
  }
  const known = await columns.known();
  const few = await known?.passing(filter, MAX_LISTED);
  if (known && few && expectedList(few.length, known.size, topK) > MAX_LOOKED_THROUGH) {
    return { all: () => Promise.resolve(among(few)) };
  }
  const all = async (): Promise<Neighbours> => {
    const read = await columns.read();
    const asked = await narrowed(store, filter, read);
    const most = asked.isExact && !hasPrice(filter) ? MAX_LISTED : MAX_LISTED_RATHER;
    // Where nothing is kept, all items are gone through only for what the store cannot be asked.
    const listed = read ? read.passing(filter, most) : asked.isExact ? undefined : passingIds(store, passes);
    const itemIds = await listed;
    return itemIds === undefined ? fromStore(asked.filter) : among(itemIds);
  };
  return { nearby: lookedThrough(store, passes, topK), all };
}

/** The filter in the store's words, by the values that the items have in its fields. */
async function narrowed(
  store: Pick<VectorStore, 'distinctValues'>,
  filter: MetadataFilter,
  columns: ItemColumns | undefined,
): Promise<Narrowing> {
  const fields = [...looseFieldsOf(filter)];
  const values = await Promise.all(
    fields.map(async (field) => {
      const known = columns ? columns.values(field, MAX_VALUES) : store.distinctValues(field, MAX_VALUES);
      return [field, await known] as const;
    }),
  );
  const byField = new Map(values);
  return narrow(filter, (field) => byField.get(field));
}

/** How long a list of neighbours is to be for enough of them to pass. */
const expectedList = (passing: number, listed: number, topK: number): number =>
  (topK * LOOKED_THROUGH_PER_HIT * listed) / passing;

function hasPrice(filter: MetadataFilter): boolean {
  if ('field' in filter) return filter.field === 'price';
  return filter.op === 'not' ? hasPrice(filter.filter) : filter.filters.some(hasPrice);
}

/** All that is near, with a mark at what does not pass. The lists are short where few of the first do. */
function lookedThrough(store: SearchedStore, passes: Neighbours['passes'], topK: number): Neighbours {
  let longest = MAX_LOOKED_THROUGH;
  return {
    passes,
    longestList: () => Math.min(longest, store.maxCandidates),
    nearest: async (query) => {
      const listed = await store.candidates({ ...query, topK: Math.min(query.topK, longest) });
      const items = await store.getItemsByIds(listed.map(({ itemId }) => itemId));
      const passing = new Set(items.filter(passes).map(({ item }) => item.itemId));
      if (expectedList(passing.size, listed.length, topK) > MAX_LOOKED_THROUGH)
        longest = Math.min(longest, listed.length);
      return listed.map((neighbour) => ({ ...neighbour, isLeftOut: !passing.has(neighbour.itemId) }));
    },
  };
}

/** Undefined when there are too many. */
async function passingIds(
  store: Pick<VectorStore, 'listItems'>,
  passes: Neighbours['passes'],
): Promise<string[] | undefined> {
  const itemIds: string[] = [];
  for await (const stored of store.listItems()) {
    if (!passes(stored)) continue;
    if (itemIds.length === MAX_LISTED) return undefined;
    itemIds.push(stored.item.itemId);
  }
  return itemIds;
}

function nearestAmong(store: Pick<VectorStore, 'scores'>, itemIds: readonly string[]): Neighbours['nearest'] {
  const ranked = new Map<EmbeddingSpace, Promise<ScoredId[]>>();
  const rank = async (space: EmbeddingSpace, vector: Float32Array): Promise<ScoredId[]> => {
    const scores = await store.scores(itemIds, space, vector);
    return Array.from(scores, ([itemId, score]) => ({ itemId, score })).sort((a, b) => b.score - a.score);
  };
  return async ({ space, vector, topK }) => {
    const ranking = ranked.get(space) ?? rank(space, vector);
    ranked.set(space, ranking);
    return (await ranking).slice(0, topK);
  };
}
