import { describe, expect, test } from '@jest/globals';

import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { evaluationReport } from './evaluation-report.js';

const weights = { clip: 0.6, dino: 0.4 };
const estimate = { mean: 0.4123, low: 0.3, high: 0.5 };
const evaluation = {
  weights,
  metrics: { 'precision@1000': estimate, mrr: estimate },
  queries: [{ query: 'a', relevant: 1, metrics: { mrr: 0.4 }, first: [] }],
  failures: [{ query: 'b\u001b[31m', reason: 'the file does not exist' }],
  sweep: undefined,
};
const finished: FinishedEvaluation = { evaluation, depth: 100, unknownRelevant: 2, gates: [], comparison: undefined };
const sweep = { metric: 'ndcg@1000', weights: { clip: 0.85, dino: 0.15 }, tried: [], means: [] };

describe('evaluationReport', () => {
  test('fits 60 columns, and lets no query speak to the terminal', () => {
    const report = evaluationReport({
      ...finished,
      evaluation: { ...evaluation, sweep: { ...sweep, gain: { mean: 0.1, low: -0.2, high: 0.3 }, isNoise: true } },
      gates: [{ expression: 'precision@1000>=0.123', value: 0.1, isMet: false }],
      comparison: {
        ...{ queries: 1, differences: { 'precision@1000': { mean: -0.1, low: -0.2, high: 0.1 } } },
        ...{ config: 'other.yaml', evaluation },
      },
    });
    expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(report).not.toContain('\u001b');
    expect(report).toContain('precision@1000    0.412   0.300 to 0.500\n');
    expect(report).toContain('precision@1000   -0.100   -0.200 to +0.100  noise\n');
    expect(report).toContain('NOT MET  precision@1000>=0.123  (0.100)\n');
    expect(report).toContain('Right answers that are not stored: 2\n');
  });

  test.each([
    [{ ...sweep, gain: { mean: 0.2, low: 0.1, high: 0.3 }, isNoise: false }, '--weights clip=0.85,dino=0.15 gains'],
    [{ ...sweep, gain: { mean: 0.1, low: -0.2, high: 0.3 }, isNoise: true }, 'Keep what you have.'],
    [null, 'Too few queries to choose weights by: 10 at least.'],
  ])('says what a sweep came to: %#', (found, sentence) => {
    expect(evaluationReport({ ...finished, evaluation: { ...evaluation, sweep: found } })).toContain(sentence);
  });
});
