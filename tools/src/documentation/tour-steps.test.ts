import { expect, test } from '@jest/globals';

import { isAsShown } from './tour-steps.js';

test.each([
  ['the same', 'a b\nc\n', 'a b\nc\n', true],
  ['another text', 'a b\nd\n', 'a b\nc\n', false],
  ['more than is shown', 'a b\nc\nd\n', 'a b\nc\n', false],
  ['a score nearly the same', 'x  0.954 [1]', 'x  0.950 [1]', true],
  ['another score', 'x  0.854 [1]', 'x  0.950 [1]', false],
  ['another sign', 'x -0.95', 'x 0.95', false],
  ['another whole number', '12 items', '13 items', false],
  ['anything in place of …', 'Duration: 1.23s\nnext', 'Duration: …\nnext', true],
  ['… does not go over lines', 'Duration: 1.23s\nmore\nnext', 'Duration: …\nnext', false],
  ['scores around …', '0.5 in 7.1 s 0.25', '0.50 in … s 0.25', true],
])('%s', (_, printed, shown, isSame) => {
  expect(isAsShown(printed, shown)).toBe(isSame);
});
