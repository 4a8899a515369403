import {
  itemTest,
  looseFieldsOf,
  narrow,
  type EmbeddingSpace,
  type MetadataFilter,
  type NeighbourQuery,
  type ScoredId,
  type StoredItem,
  type VectorStore,
} from '@fashionmatch/domain';

/** So many values of a field a store is asked for by name; where there are more, its items are gone through. */
export const MAX_VALUES = 5_000;

/** So many items are compared one by one: they take about as long as a query of a large store. */
const MAX_LISTED = 5_000;

/** The nearest items among those that a filter lets pass. */
export interface Neighbours {
  /** As {@link VectorStore.candidates}; some may not pass. One vector a space. */
  readonly nearest: (query: Omit<NeighbourQuery, 'filter'>) => Promise<ScoredId[]>;
  readonly passes: (stored: StoredItem) => boolean;
  /** As {@link VectorStore.maxCandidates}. */
  readonly longestList: () => number;
}

type SearchedStore = Pick<VectorStore, 'candidates' | 'distinctValues' | 'listItems' | 'maxCandidates' | 'scores'>;

/**
 * What a store cannot compare by itself is put in its words: a text of which case does not count becomes those of its
 * stored values that fold to it. Where a field has too many values for that, as titles have, the items are gone through;
 * and where too many of them pass, the store is asked for less, and what does not pass is left out of its answers.
 */
export async function neighboursWithin(store: SearchedStore, filter: MetadataFilter | undefined): Promise<Neighbours> {
  const longestList = (): number => store.maxCandidates;
  if (filter === undefined) return { nearest: (query) => store.candidates(query), passes: () => true, longestList };
  const fields = [...looseFieldsOf(filter)];
  const values = new Map(
    await Promise.all(fields.map(async (field) => [field, await store.distinctValues(field, MAX_VALUES)] as const)),
  );
  const asked = narrow(filter, (field) => values.get(field));
  const passes = itemTest(filter);
  const itemIds = asked.isExact ? undefined : await passingIds(store, passes);
  if (itemIds !== undefined) return { nearest: nearestAmong(store, itemIds), passes, longestList: () => Infinity };
  return { nearest: (query) => store.candidates({ ...query, filter: asked.filter }), passes, longestList };
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
