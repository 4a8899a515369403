import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { TextFilterField } from '@fashionmatch/domain';

/** What a metric has to reach. */
export interface Gate {
  /** As it was typed. */
  readonly expression: string;
  readonly metric: string;
  readonly isMet: (value: number) => boolean;
}

const METRIC = String.raw`(?:recall|precision|ndcg)@[1-9]\d{0,3}|mrr|map`;

/** An option that may be given several times, such as `ndcg@5>=0.4`. */
export function gates(text: string, before: readonly Gate[]): readonly Gate[] {
  const [, metric, operator, bound] = new RegExp(`^\\s*(${METRIC})\\s*(>=?)\\s*([01]|0?\\.\\d+)\\s*$`).exec(text) ?? [];
  if (metric === undefined || operator === undefined || bound === undefined) {
    throw new InvalidArgumentError('It must look like ndcg@5>=0.4, with recall@k, precision@k, ndcg@k, mrr or map.');
  }
  const least = Number(bound);
  const isMet = operator === '>' ? (value: number) => value > least : (value: number) => value >= least;
  return [...before, { expression: text.trim(), metric, isMet }];
}

export function metricName(text: string): string {
  if (new RegExp(`^(${METRIC})$`).test(text)) return text;
  throw new InvalidArgumentError('It must be recall@k, precision@k, ndcg@k, mrr or map.');
}

/** Places to measure at, such as `1,5,10`. */
export function cutoffs(text: string): readonly number[] {
  const numbers = text.split(',').map(Number);
  if (/^\d+(,\d+)*$/.test(text) && numbers.every((k) => k >= 1 && k <= MOST_HITS)) return numbers;
  throw new InvalidArgumentError(`It must be whole numbers from 1 to ${String(MOST_HITS)}, such as 1,5,10.`);
}

export const MOST_HITS = 1_000;

/** Those that are asked for, with those that gates and other metrics need, in order. */
export function allCutoffs(asked: readonly number[], metrics: readonly string[]): number[] {
  const needed = metrics.flatMap((metric) => (metric.includes('@') ? [Number(metric.split('@')[1])] : []));
  return [...new Set([...asked, ...needed])].sort((a, b) => a - b);
}

/** As they are typed in a filter, too. */
export const GROUPED_BY = ['brand', 'category', 'seller', 'size', 'condition', 'currency', 'title'] as const;

export function groupingField(text: string): TextFilterField {
  const name = GROUPED_BY.find((field) => field === text);
  if (name !== undefined) return name === 'seller' ? 'sellerId' : name;
  throw new InvalidArgumentError(`It must be one of ${GROUPED_BY.join(', ')}.`);
}
