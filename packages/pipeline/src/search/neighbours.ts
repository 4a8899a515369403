import {
  itemTest,
  looseFieldsOf,
  narrow,
  type EmbeddingSpace,
  type MetadataFilter,
  type NeighbourQuery,
  type ScoredId,
  type StoreFilter,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

/** So many values of a field a store is asked for by name; where there are more, its items are gone through. */
export const MAX_VALUES = 5_000;

/** So many items are compared one by one: they take about as long as a query of a large store. */
const MAX_LISTED = 5_000;

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
 * stored values that fold to it. Where a field has too many values for that, as titles have, the items are gone through;
 * and where too many of them pass, the store is asked for less, and what does not pass is left out of its answers.
 * A condition that many items meet is tested on the nearest ones first, unless the store itself is quick at it.
 */
export async function neighboursWithin(
  store: SearchedStore,
  filter: MetadataFilter | undefined,
  topK: number,
): Promise<SearchedNeighbours> {
  const longestList = (): number => store.maxCandidates;
  const anything = { nearest: (query: NeighbourQuery) => store.candidates(query), passes: () => true, longestList };
  if (filter === undefined) return { all: () => Promise.resolve(anything) };
  const fields = [...looseFieldsOf(filter)];
  const values = new Map(
    await Promise.all(fields.map(async (field) => [field, await store.distinctValues(field, MAX_VALUES)] as const)),
  );
  const asked = narrow(filter, (field) => values.get(field));
  const passes = itemTest(filter);
  const all = async (): Promise<Neighbours> => {
    const itemIds = asked.isExact ? undefined : await passingIds(store, passes);
    if (itemIds !== undefined) return { nearest: nearestAmong(store, itemIds), passes, longestList: () => Infinity };
    return { nearest: (query) => store.candidates({ ...query, filter: asked.filter }), passes, longestList };
  };
  const isQuick = asked.isExact && !hasPrice(asked.filter);
  return isQuick ? { all } : { nearby: lookedThrough(store, passes, topK), all };
}

function hasPrice(filter: StoreFilter): boolean {
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
      const needed = (topK * LOOKED_THROUGH_PER_HIT * listed.length) / passing.size;
      if (needed > MAX_LOOKED_THROUGH) longest = Math.min(longest, listed.length);
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
