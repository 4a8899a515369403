import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { foldText } from './fold-text.js';

test.each([
  ['ZARA', 'zara'],
  ['Ｚａｒａ', 'zara'],
  ['L\u2019Ore\u0301al', 'l\u2019or\u00e9al'],
  ['Ofﬁce', 'office'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['ЖЁЛТЫЙ', 'жёлтый'],
  ['I', 'i'],
])('%s is %s', (text, folded) => {
  expect(foldText(text)).toBe(folded);
});

test('plain texts are folded as all others are', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (text) => {
      expect(foldText(`${text}é`)).toBe(`${foldText(text)}é`);
    }),
    { numRuns: 2_000 },
  );
});

test('accents count', () => {
  expect(foldText('Loréal')).not.toBe(foldText('Loreal'));
});

test('what is folded stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(foldText(foldText(text))).toBe(foldText(text));
    }),
    { numRuns: 2_000 },
  );
});
