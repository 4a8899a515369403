import { isNoise, LEAST_QUERIES, type Estimate, type FusionWeights } from '@fashionmatch/domain';
import type { WeightsSweep } from '@fashionmatch/pipeline';

import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { printable } from './printable.js';

const FAILURES_SHOWN = 3;

/** What `eval` found, for people; no line is wider than 60 columns but for names. */
export function evaluationReport(finished: FinishedEvaluation): string {
  const { evaluation, comparison, gates, depth, unknownRelevant } = finished;
  const { queries, failures, metrics, weights, sweep } = evaluation;
  return [
    `${String(queries.length)} queries, weights ${weightsText(weights)}`,
    `mrr and map look at ${String(depth)} hits.`,
    ...(unknownRelevant > 0 ? [`Right answers that are not stored: ${String(unknownRelevant)}`] : []),
    '',
    `${'metric'.padEnd(16)}${'mean'.padStart(7)}   95 % interval`,
    ...Object.entries(metrics).map(([name, estimate]) => estimateLine(name, estimate)),
    ...(comparison ? ['', ...comparisonLines(comparison)] : []),
    ...(sweep ? ['', ...sweepLines(sweep)] : []),
    ...(sweep === null ? ['', `Too few queries to choose weights by: ${String(LEAST_QUERIES)} at least.`] : []),
    ...gates.flatMap(({ expression, value, isMet }, i) => [
      ...(i === 0 ? [''] : []),
      `${isMet ? 'met    ' : 'NOT MET'}  ${expression}  (${value.toFixed(3)})`,
    ]),
    ...failures
      .slice(0, FAILURES_SHOWN)
      .flatMap(({ query, reason }, i) => [
        ...(i === 0 ? ['', `Could not be tried: ${String(failures.length)}`] : []),
        `  ${printable(query)}: ${printable(reason)}`,
      ]),
    '',
  ].join('\n');
}

function estimateLine(name: string, { mean, low, high }: Estimate): string {
  return `${name.padEnd(16)}${mean.toFixed(3).padStart(7)}   ${low.toFixed(3)} to ${high.toFixed(3)}`;
}

function comparisonLines(comparison: NonNullable<FinishedEvaluation['comparison']>): string[] {
  const { config, queries, differences } = comparison;
  return [
    `With ${printable(config)}, of ${String(queries)} queries that both tried:`,
    `${'metric'.padEnd(16)}${'change'.padStart(7)}   95 % interval`,
    ...Object.entries(differences).map(([name, difference]) => {
      const { mean, low, high } = difference;
      const interval = `${signed(low)} to ${signed(high)}`;
      return `${name.padEnd(16)}${signed(mean).padStart(7)}   ${interval}${isNoise(difference) ? '  noise' : ''}`;
    }),
  ];
}

function sweepLines({ metric, weights, gain, ...sweep }: WeightsSweep): string[] {
  const interval = `${signed(gain.mean)} (${signed(gain.low)} to ${signed(gain.high)})`;
  if (sweep.isNoise) {
    return [
      `No other weights gain ${metric} more than chance would:`,
      `the best, ${weightsOption(weights)}, ${interval}`,
      'on queries that they were not chosen by. Keep what you have.',
    ];
  }
  return [
    `--weights ${weightsOption(weights)} gains ${metric}`,
    `${interval} on queries that had`,
    'no part in choosing weights.',
  ];
}

function weightsOption({ clip, dino }: FusionWeights): string {
  return `clip=${clip.toFixed(2)},dino=${dino.toFixed(2)}`;
}

function weightsText({ clip, dino }: FusionWeights): string {
  return `CLIP ${clip.toFixed(2)}, DINOv2 ${dino.toFixed(2)}`;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
