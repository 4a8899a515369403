import {
  foldText,
  type Judgements,
  type LabelledQuery,
  type TextFilterField,
  type VectorStore,
} from '@fashionmatch/domain';

/** A query and how its answers are judged. */
export interface EvaluationQuery {
  /** The id of a stored item, else the path of an image file. */
  readonly query: string;
  /** Made when it is asked for: of a large store, those of all queries together need not fit into memory. */
  readonly judged: () => Judgements;
}

export function ofLabels(labels: readonly LabelledQuery[]): EvaluationQuery[] {
  return labels.map(({ query, judged }) => ({ query, judged: () => judged }));
}

/**
 * Stored items as queries for those that have the same value in a field, whatever its case; items without a value, or
 * with one that no other has, are passed over. Memory grows with the ids.
 *
 * @param count at most so many, drawn by `random`, which is in [0, 1).
 */
export async function queriesByField(
  store: Pick<VectorStore, 'listItems'>,
  field: TextFilterField,
  count: number,
  random: () => number,
): Promise<EvaluationQuery[]> {
  const groups = new Map<string, string[]>();
  for await (const { item } of store.listItems()) {
    const value = foldText(item[field].trim());
    if (value === '') continue;
    const group = groups.get(value);
    if (group) group.push(item.itemId);
    else groups.set(value, [item.itemId]);
  }
  // In an order that stores agree on, so that the same ones are drawn.
  const queries = [...groups.values()]
    .filter((group) => group.length > 1)
    .flatMap((group) => group.map((query) => ({ query, group })))
    .sort((a, b) => (a.query < b.query ? -1 : 1));
  return drawn(queries, count, random).map(({ query, group }) => ({
    query,
    judged: () => new Map(group.flatMap((itemId) => (itemId === query ? [] : [[itemId, 1]]))),
  }));
}

/** The first `count` of a shuffle. */
function drawn<T>(values: readonly T[], count: number, random: () => number): T[] {
  const rest = [...values];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) {
    const [value] = rest.splice(Math.floor(random() * rest.length), 1, ...rest.slice(-1));
    rest.pop();
    if (value !== undefined) chosen.push(value);
  }
  return chosen;
}
