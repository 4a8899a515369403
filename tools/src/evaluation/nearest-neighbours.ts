/** Images of known classes, and how alike any query and any of them are. */
export interface Labelled {
  /** The class of each image of the index. */
  readonly index: readonly number[];
  /** The class of each query. */
  readonly queries: readonly number[];
}

/** How alike a query and an image of the index are, by their places: the higher, the more. */
export type Similarity = (query: number, candidate: number) => number;

/**
 * The share of queries, 0 to 1, whose class is the commonest among their `k` nearest neighbours for each of `ks`;
 * of equally common classes, the one with the nearest neighbour counts.
 */
export function neighbourAccuracy(labels: Labelled, similarity: Similarity, ks: readonly number[]): number[] {
  const most = Math.max(...ks);
  const right = ks.map(() => 0);
  for (const [query, label] of labels.queries.entries()) {
    const neighbours = nearest(labels.index.length, most, (candidate) => similarity(query, candidate));
    const classes = neighbours.map((candidate) => labels.index[candidate] ?? -1);
    for (const [i, k] of ks.entries()) if (commonest(classes.slice(0, k)) === label) right[i] = (right[i] ?? 0) + 1;
  }
  return right.map((count) => count / labels.queries.length);
}

/** Places of the `k` of `count` candidates with the highest scores, best first. */
function nearest(count: number, k: number, score: (candidate: number) => number): number[] {
  const best: { candidate: number; score: number }[] = [];
  for (let candidate = 0; candidate < count; candidate++) {
    const entry = { candidate, score: score(candidate) };
    if (best.length === k && entry.score <= (best.at(-1)?.score ?? -Infinity)) continue;
    const worse = best.findIndex((other) => other.score < entry.score);
    best.splice(worse === -1 ? best.length : worse, 0, entry);
    best.length = Math.min(best.length, k);
  }
  return best.map(({ candidate }) => candidate);
}

/** The commonest of the classes; of equally common ones the first. */
function commonest(classes: readonly number[]): number | undefined {
  const votes = new Map<number, number>();
  for (const label of classes) votes.set(label, (votes.get(label) ?? 0) + 1);
  const most = Math.max(...votes.values());
  return classes.find((label) => votes.get(label) === most);
}
