import { expect, test } from '@jest/globals';

import { parseCorpusTable } from './corpus-table.js';

test('columns are found by name, wherever they stand and whatever else there is', () => {
  const table = '\ufeffwhy\tbytes\tExpected\tfile\r\na bomb\t1\tfailed\ta/b c.png\r\n\t2\tstored\td.jpg\r\n\r\n';
  expect(parseCorpusTable(table)).toEqual([
    { path: 'a/b c.png', expected: 'failed', why: 'a bomb' },
    { path: 'd.jpg', expected: 'stored', why: '' },
  ]);
});

test('a table may have no reasons, and no opinion on a file', () => {
  expect(parseCorpusTable('file\texpected\na.jpg\teither\nb.jpg')).toEqual([
    { path: 'a.jpg', expected: undefined, why: '' },
    { path: 'b.jpg', expected: undefined, why: '' },
  ]);
});

test('what is missing is named', () => {
  expect(() => parseCorpusTable('file\tresult\na.jpg\tstored\n')).toThrow('no column expected');
  expect(() => parseCorpusTable('')).toThrow('no column file');
  expect(() => parseCorpusTable('file\texpected\n\tstored\n')).toThrow('Line 2');
});
