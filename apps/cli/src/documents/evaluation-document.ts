import { isNoise } from '@fashionmatch/domain';
import type { Evaluation, EvaluationComparison, WeightsSweep } from '@fashionmatch/pipeline';

/** What `eval` has to tell. */
export interface FinishedEvaluation {
  readonly evaluation: Evaluation;
  /** How deep `mrr` and `map` looked. */
  readonly depth: number;
  /** Right answers that are not stored. */
  readonly unknownRelevant: number;
  readonly gates: readonly { readonly expression: string; readonly value: number; readonly isMet: boolean }[];
  readonly comparison:
    (EvaluationComparison & { readonly config: string; readonly evaluation: Evaluation }) | undefined;
}

/** The one document that `eval --json` prints. */
export function evaluationDocument(finished: FinishedEvaluation): object {
  const { evaluation, comparison, gates, depth, unknownRelevant } = finished;
  const { weights, metrics, queries, failures, sweep } = evaluation;
  return {
    schema_version: 1,
    weights,
    depth,
    evaluated_queries: queries.length,
    failed_queries: failures.length,
    relevant_not_stored: unknownRelevant,
    metrics,
    gates: gates.map(({ expression, value, isMet }) => ({ expression, value, met: isMet })),
    ...(sweep !== undefined && { sweep: sweep && sweepDocument(sweep) }),
    ...(comparison && { comparison: comparisonDocument(comparison) }),
    queries: queries.map(({ query, relevant, metrics, first }) => ({
      query,
      relevant,
      metrics,
      first: first.map(({ itemId, isRight }) => ({ item_id: itemId, relevant: isRight })),
    })),
    failures,
  };
}

function sweepDocument({ metric, weights, gain, tried, means, ...sweep }: WeightsSweep): object {
  return {
    metric,
    proposed: weights,
    gain_on_other_queries: gain,
    is_noise: sweep.isNoise,
    tried: tried.map((one, i) => ({ ...one, mean: means[i] })),
  };
}

function comparisonDocument(comparison: NonNullable<FinishedEvaluation['comparison']>): object {
  const { config, queries, differences, evaluation } = comparison;
  return {
    config,
    weights: evaluation.weights,
    compared_queries: queries,
    failed_queries: evaluation.failures.length,
    metrics: evaluation.metrics,
    differences: Object.fromEntries(
      Object.entries(differences).map(([name, estimate]) => [name, { ...estimate, is_noise: isNoise(estimate) }]),
    ),
  };
}
