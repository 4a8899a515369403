import { expect, test } from '@jest/globals';

import { cutDescription, MAX_TEXT_LENGTH } from './item-limits.js';

test('a description that fits stays as it is', () => {
  const longest = 'x'.repeat(MAX_TEXT_LENGTH);
  expect(cutDescription(longest)).toBe(longest);
  expect(cutDescription('')).toBe('');
});

test('of one that does not, the beginning stays, and a mark; cutting it again changes nothing', () => {
  const cut = cutDescription('x'.repeat(MAX_TEXT_LENGTH + 1));
  expect(cut).toBe(`${'x'.repeat(MAX_TEXT_LENGTH - 1)}…`);
  expect(cutDescription(cut)).toBe(cut);
});

test('no character is cut in two', () => {
  const cut = cutDescription(`x${'👗'.repeat(MAX_TEXT_LENGTH)}`);
  expect(cut.isWellFormed()).toBe(true);
  expect(cut.endsWith('👗…')).toBe(true);
});
