import { expect, test } from '@jest/globals';

import { caretLine } from './caret-line.js';

test.each([
  ['price<and', 6, '  price<and\n        ^\n'],
  ['price<', 6, '  price<\n        ^\n'],
  ['', 0, '  \n  ^\n'],
  ['brand=👗 size', 9, '  brand=👗 size\n          ^\n'],
  ['a\u001b[2J\tb!', 6, '  a�[2J�b!\n        ^\n'],
  ['\u202eprice', 1, '  �price\n   ^\n'],
])('%j at %p', (text, position, lines) => {
  expect(caretLine(text, position)).toBe(lines);
});

test('of a long text it shows the part that is meant', () => {
  const text = `${'a'.repeat(100)}!${'b'.repeat(100)}`;
  expect(caretLine(text, 100)).toBe(`  …${'a'.repeat(30)}!${'b'.repeat(29)}…\n${' '.repeat(33)}^\n`);
});
