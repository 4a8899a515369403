import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { rankingMetrics } from './ranking-metrics.js';

interface Golden {
  readonly ranking: string[];
  readonly judged: Record<string, number>;
  readonly values: Record<string, number>;
}

/** What trec_eval, ranx and scikit-learn say, as `tools/python/make_metric_goldens.py` wrote it. */
const goldens: Golden[] = readFileSync(new URL('ranking-metrics.golden.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const golden: Golden = JSON.parse(line);
    return golden;
  });

describe('rankingMetrics', () => {
  test('agrees with three other programs on 200 random rankings', () => {
    expect(goldens).toHaveLength(200);
    for (const { ranking, judged, values } of goldens) {
      const found = rankingMetrics(ranking, new Map(Object.entries(judged)), [1, 5, 10]);
      expect(Object.keys(found)).toEqual(Object.keys(values));
      for (const [name, value] of Object.entries(values)) expect(found[name]).toBeCloseTo(value, 9);
    }
  });

  test('is 0 where nothing is right, and where nothing was found', () => {
    const zeros = { 'recall@3': 0, 'precision@3': 0, 'ndcg@3': 0, mrr: 0, map: 0 };
    expect(rankingMetrics(['a', 'b'], new Map(), [3])).toEqual(zeros);
    expect(rankingMetrics(['a', 'b'], new Map([['a', 0]]), [3])).toEqual(zeros);
    expect(rankingMetrics([], new Map([['a', 1]]), [3])).toEqual(zeros);
  });

  test('takes a grade below 0 for wrong', () => {
    const judged = new Map([
      ['a', -2],
      ['b', 1],
    ]);
    expect(rankingMetrics(['a', 'b'], judged, [1])).toMatchObject({ 'ndcg@1': 0, 'recall@1': 0, mrr: 0.5 });
  });
});
