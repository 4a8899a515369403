import {
  bootstrap,
  chooseWeights,
  ItemError,
  LEAST_QUERIES,
  normaliseWeights,
  rankingMetrics,
  reasonOf,
  seededRandom,
  type DualEmbedding,
  type Estimate,
  type FusionWeights,
  type MetricValues,
  type VectorStore,
  type WeightsProposal,
} from '@fashionmatch/domain';
import pMap from 'p-map';

import { batches } from '../batches.js';
import type { EvaluationQuery } from './evaluation-queries.js';
import { rankedIds } from './ranked-ids.js';

/** What came of one query. */
export interface EvaluatedQuery {
  readonly query: string;
  /** How many right answers it has. */
  readonly relevant: number;
  readonly metrics: MetricValues;
  /** The first hits, best first, and whether they are right. */
  readonly first: readonly { readonly itemId: string; readonly isRight: boolean }[];
}

/** A query that could not be tried. */
export interface FailedQuery {
  readonly query: string;
  readonly reason: string;
}

/** The weights that a metric wants. */
export interface WeightsSweep extends WeightsProposal {
  readonly metric: string;
  /** Sum 1 each; `means` has the metric for each of them. */
  readonly tried: readonly FusionWeights[];
}

/** How well a search finds what it should. */
export interface Evaluation {
  /** Sum 1. */
  readonly weights: FusionWeights;
  /** Means over all queries, by the metric's name. */
  readonly metrics: Readonly<Record<string, Estimate>>;
  readonly queries: readonly EvaluatedQuery[];
  readonly failures: readonly FailedQuery[];
  /** Null where there are too few queries to choose weights by; undefined where that was not asked for. */
  readonly sweep: WeightsSweep | null | undefined;
}

export interface EvaluationOptions {
  readonly weights: FusionWeights;
  /** Places at which `recall`, `precision` and `ndcg` are taken, at least one. */
  readonly cutoffs: readonly number[];
  /** How many hits `map` and `mrr` look at; no less than the highest cutoff. */
  readonly depth: number;
  /** The metric that weights are chosen by; without it, none are. */
  readonly sweep?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many queries are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface EvaluationDependencies {
  readonly store: Pick<VectorStore, 'candidates' | 'getByIds' | 'maxCandidates' | 'scores'>;
  /** The vectors of an image file. @throws ItemError when it cannot be read. */
  readonly embed: (path: string) => Promise<DualEmbedding>;
}

/** Twenty steps from DINOv2 alone to CLIP alone. */
const SWEPT: readonly FusionWeights[] = Array.from({ length: 21 }, (_, i) => ({ clip: i / 20, dino: (20 - i) / 20 }));

/** Queries whose vectors are held at a time. */
const READ_AT_ONCE = 100;
/** Two keep a server busy while the answers of another are reckoned with. */
const TRIED_AT_ONCE = 3;
/** The same labels give the same intervals. */
const SEED = 20_250_115;
const FIRST_HITS = 10;

/** Tries every query, and measures how far up its right answers are. A stored item is no answer to itself. */
export async function evaluateSearch(
  { store, embed }: EvaluationDependencies,
  queries: readonly EvaluationQuery[],
  { signal, onProgress, ...options }: EvaluationOptions,
): Promise<Evaluation> {
  const weights = normaliseWeights(options.weights);
  const tried = [weights, ...(options.sweep === undefined ? [] : SWEPT)];
  const outcomes: (Outcome | FailedQuery)[] = [];
  let done = 0;
  for await (const some of batches(queries, READ_AT_ONCE)) {
    const found = await store.getByIds(some.map(({ query }) => query));
    const vectors = new Map(found.map(({ item, embeddings }) => [item.itemId, embeddings]));
    const evaluate = async (one: EvaluationQuery): Promise<Outcome | FailedQuery> => {
      signal?.throwIfAborted();
      try {
        const stored = vectors.get(one.query);
        const embedding = stored ?? (await embed(one.query));
        const rankings = await rankedIds(store, embedding, tried, options.depth + (stored ? 1 : 0));
        return outcomeOf(one, stored ? withoutItself(rankings, one.query) : rankings, options);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        return { query: one.query, reason: reasonOf(error) };
      } finally {
        onProgress?.(++done);
      }
    };
    outcomes.push(...(await pMap(some, evaluate, { concurrency: TRIED_AT_ONCE })));
  }
  const failures = outcomes.flatMap((one) => ('reason' in one ? [one] : []));
  const evaluated = outcomes.flatMap((one) => ('reason' in one ? [] : [one]));
  return {
    weights,
    metrics: estimatesOf(evaluated.map(({ query }) => query.metrics)),
    queries: evaluated.map(({ query }) => query),
    failures,
    sweep: options.sweep === undefined ? undefined : sweepOf(options.sweep, tried, evaluated),
  };
}

interface Outcome {
  readonly query: EvaluatedQuery;
  /** What the swept metric comes to with each of the weights that were tried. */
  readonly swept: readonly number[];
}

function withoutItself(rankings: readonly string[][], itself: string): string[][] {
  return rankings.map((ranking) => ranking.filter((itemId) => itemId !== itself));
}

/** @param rankings one for each of the weights that were tried; those in use come first. */
function outcomeOf(
  { query, judged }: EvaluationQuery,
  rankings: readonly string[][],
  { cutoffs, depth, sweep }: EvaluationOptions,
): Outcome {
  const grades = judged();
  const isRight = (itemId: string): boolean => (grades.get(itemId) ?? 0) > 0;
  const values = rankings.map((ranking) => rankingMetrics(ranking.slice(0, depth), grades, cutoffs));
  const first = (rankings[0] ?? []).slice(0, FIRST_HITS).map((itemId) => ({ itemId, isRight: isRight(itemId) }));
  const relevant = [...grades.values()].filter((grade) => grade > 0).length;
  return {
    query: { query, relevant, metrics: values[0] ?? {}, first },
    swept: sweep === undefined ? [] : values.map((metrics) => metrics[sweep] ?? 0),
  };
}

/** The mean of each metric. */
function estimatesOf(queries: readonly MetricValues[]): Record<string, Estimate> {
  const names = Object.keys(queries[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const values = queries.map((metrics) => metrics[name] ?? 0);
      return [name, bootstrap(values, seededRandom(SEED))];
    }),
  );
}

function sweepOf(metric: string, weights: readonly FusionWeights[], outcomes: readonly Outcome[]): WeightsSweep | null {
  if (outcomes.length < LEAST_QUERIES) return null;
  const trials = weights.map((one, i) => ({ weights: one, values: outcomes.map(({ swept }) => swept[i] ?? 0) }));
  const [present, ...others] = trials;
  if (!present) return null;
  return { metric, tried: SWEPT, ...chooseWeights(present, others, seededRandom(SEED)) };
}

/** What a metric gains by another store, query by query: those that both could try. */
export interface EvaluationComparison {
  /** How many queries both could try. */
  readonly queries: number;
  /** The other's value less this one's. */
  readonly differences: Readonly<Record<string, Estimate>>;
}

/** The paired bootstrap of two evaluations of the same queries. */
export function compareEvaluations(
  { queries }: Pick<Evaluation, 'queries'>,
  other: Pick<Evaluation, 'queries'>,
): EvaluationComparison {
  const others = new Map(other.queries.map(({ query, metrics }) => [query, metrics]));
  const pairs = queries.flatMap(({ query, metrics }) => {
    const theirs = others.get(query);
    return theirs ? [{ ours: metrics, theirs }] : [];
  });
  const differences = pairs.map(({ ours, theirs }) =>
    Object.fromEntries(Object.entries(ours).map(([name, value]) => [name, (theirs[name] ?? 0) - value])),
  );
  return { queries: pairs.length, differences: estimatesOf(differences) };
}
