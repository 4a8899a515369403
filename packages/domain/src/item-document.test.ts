import { expect, test } from '@jest/globals';

import { documentOf, MAX_DOCUMENT_LENGTH } from './item-document.js';

const jacket = { title: 'Denim jacket', brand: 'Arket', category: 'Jackets', size: 'M' };

test('has title, brand, category and size, each on a line of its own', () => {
  expect(documentOf(jacket)).toBe('Denim jacket\nArket\nJackets\nM');
});

test('leaves out what is absent', () => {
  expect(documentOf({ ...jacket, brand: '', size: ' ' })).toBe('Denim jacket\nJackets');
  expect(documentOf({ title: '', brand: '', category: '', size: '' })).toBe('');
});

test('a text of several lines is one line', () => {
  expect(documentOf({ ...jacket, title: ' Denim\r\n\tjacket ' })).toBe(documentOf(jacket));
});

test('long texts are cut, between characters', () => {
  const long = documentOf({ ...jacket, title: '👗'.repeat(MAX_DOCUMENT_LENGTH) });
  expect(long).toBe('👗'.repeat(MAX_DOCUMENT_LENGTH / 2));
  const odd = documentOf({ ...jacket, title: `x${'👗'.repeat(MAX_DOCUMENT_LENGTH)}` });
  expect(odd).toHaveLength(MAX_DOCUMENT_LENGTH - 1);
  expect(odd.isWellFormed()).toBe(true);
  expect(Buffer.byteLength(documentOf({ ...jacket, title: '靴'.repeat(16_384) }))).toBe(3 * MAX_DOCUMENT_LENGTH);
});

test('a half of a surrogate pair is replaced', () => {
  expect(documentOf({ ...jacket, size: 'M\ud83d' })).toBe('Denim jacket\nArket\nJackets\nM\ufffd');
});
