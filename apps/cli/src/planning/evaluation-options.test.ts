import { describe, expect, test } from '@jest/globals';

import { allCutoffs, cutoffs, gates } from './evaluation-options.js';

describe('gates', () => {
  test.each([
    ['ndcg@5>=0.4', 'ndcg@5', 0.4, true],
    ['ndcg@5>0.4', 'ndcg@5', 0.4, false],
    [' recall@10 >= .25 ', 'recall@10', 0.26, true],
    ['mrr>=1', 'mrr', 0.99, false],
    ['map > 0', 'map', 0.01, true],
  ])('%s is read', (text, metric, value, isMet) => {
    const [gate] = gates(text, []);
    expect(gate).toMatchObject({ metric, expression: text.trim() });
    expect(gate?.isMet(value)).toBe(isMet);
  });

  test.each(['ndcg>=0.4', 'ndcg@0>=0.4', 'mrr@5>=0.4', 'ndcg@5<0.4', 'ndcg@5>=1.5', 'ndcg@5>=', 'recall@5=1', ''])(
    '%p is refused',
    (text) => {
      expect(() => gates(text, [])).toThrow('It must look like');
    },
  );
});

test('cutoffs are those that are asked for and those that metrics need', () => {
  expect(allCutoffs(cutoffs('10,1,5'), ['ndcg@7', 'mrr', 'recall@5'])).toEqual([1, 5, 7, 10]);
  expect(() => cutoffs('5,')).toThrow('whole numbers');
  expect(() => cutoffs('0')).toThrow('whole numbers');
  expect(() => cutoffs('1001')).toThrow('whole numbers');
});
