import { expect, test } from '@jest/globals';

import { neighbourAccuracy } from './nearest-neighbours.js';

/** Points on a line: the nearer, the more alike. */
const accuracy = (index: readonly [number, number][], queries: readonly [number, number][], ks: readonly number[]) =>
  neighbourAccuracy(
    { index: index.map(([, label]) => label), queries: queries.map(([, label]) => label) },
    (query, candidate) => -Math.abs((queries[query]?.[0] ?? 0) - (index[candidate]?.[0] ?? 0)),
    ks,
  );

test('asks the nearest neighbour, or the majority of several', () => {
  const index: [number, number][] = [
    [9, 1],
    [0, 7],
    [1, 3],
    [2, 3],
    [8, 1],
  ];

  expect(accuracy(index, [[0, 3]], [1, 3])).toEqual([0, 1]);
  expect(accuracy(index, [[0, 7]], [1, 3])).toEqual([1, 0]);
  expect(
    accuracy(
      index,
      [
        [9, 1],
        [9, 3],
        [2, 3],
        [1, 3],
      ],
      [1],
    ),
  ).toEqual([0.75]);
});

test('lets the nearest decide between equally common classes', () => {
  const index: [number, number][] = [
    [4, 2],
    [3, 2],
    [1, 5],
    [2, 5],
    [0.5, 9],
  ];

  expect(accuracy(index, [[0, 5]], [5])).toEqual([1]);
  expect(accuracy(index, [[5, 2]], [5])).toEqual([1]);
});

test('takes fewer neighbours where there are no more', () => {
  expect(accuracy([[0, 4]], [[1, 4]], [5])).toEqual([1]);
});
