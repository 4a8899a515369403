/**
 * What one query's right answers are: a grade above 0 for each, the higher the better. What is not named, or has a
 * grade of 0 or less, is wrong.
 */
export type Judgements = ReadonlyMap<string, number>;

/** What a ranking came to for one query, by the metric's name, such as `ndcg@5`; each in [0, 1]. */
export type MetricValues = Readonly<Record<string, number>>;

/** The share of the right items that are among the first `k`; 0 where there are none. */
function recallAt(ranking: readonly string[], judged: Judgements, k: number): number {
  const right = countRight(judged);
  return right === 0 ? 0 : countFound(ranking, judged, k) / right;
}

/** The share of the first `k` places that right items take. Places that a shorter ranking leaves empty are wrong. */
function precisionAt(ranking: readonly string[], judged: Judgements, k: number): number {
  return countFound(ranking, judged, k) / k;
}

/** 1 by the place of the first right item, counted from 1; 0 where the ranking has none. */
function reciprocalRank(ranking: readonly string[], judged: Judgements): number {
  const first = ranking.findIndex((itemId) => isRight(judged, itemId));
  return first === -1 ? 0 : 1 / (first + 1);
}

/** The mean, over all right items, of the precision at each one's place; 0 for those that the ranking lacks. */
function averagePrecision(ranking: readonly string[], judged: Judgements): number {
  const right = countRight(judged);
  let found = 0;
  let sum = 0;
  for (const [i, itemId] of ranking.entries()) if (isRight(judged, itemId)) sum += ++found / (i + 1);
  return right === 0 ? 0 : sum / right;
}

/**
 * Discounted cumulative gain of the first `k`, as a share of the best that any ranking could have: an item gains its
 * grade, divided by log2(1 + place). (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002;
 * the form that trec_eval computes.)
 */
function ndcgAt(ranking: readonly string[], judged: Judgements, k: number): number {
  const grades = [...judged.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  const best = discountedGain(grades.slice(0, k));
  const gains = ranking.slice(0, k).map((itemId) => Math.max(0, judged.get(itemId) ?? 0));
  return best === 0 ? 0 : discountedGain(gains) / best;
}

/**
 * All of them for one query: `recall@k`, `precision@k` and `ndcg@k` for every `k`, then `mrr` and `map` as far as the
 * ranking goes.
 */
export function rankingMetrics(
  ranking: readonly string[],
  judged: Judgements,
  cutoffs: readonly number[],
): MetricValues {
  const at = (name: string, metric: typeof recallAt): [string, number][] =>
    cutoffs.map((k) => [`${name}@${String(k)}`, metric(ranking, judged, k)]);
  return Object.fromEntries([
    ...at('recall', recallAt),
    ...at('precision', precisionAt),
    ...at('ndcg', ndcgAt),
    ['mrr', reciprocalRank(ranking, judged)],
    ['map', averagePrecision(ranking, judged)],
  ]);
}

function isRight(judged: Judgements, itemId: string): boolean {
  return (judged.get(itemId) ?? 0) > 0;
}

function countRight(judged: Judgements): number {
  let count = 0;
  for (const grade of judged.values()) if (grade > 0) count++;
  return count;
}

function countFound(ranking: readonly string[], judged: Judgements, k: number): number {
  return ranking.slice(0, k).filter((itemId) => isRight(judged, itemId)).length;
}

function discountedGain(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}
