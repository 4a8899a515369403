import { expect, test } from '@jest/globals';

import { licences, unknownLicences } from './licences.js';

test('nothing is shipped under a licence that nobody looked at', () => {
  const all = licences();
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['sharp', 'onnxruntime-node', 'chromadb']));
  expect(all.map(({ name }) => name)).not.toContain('jest');
  expect(unknownLicences(all)).toEqual([]);
});

test.each(['', 'GPL-3.0-only', 'MIT AND GPL-2.0', '(MIT OR SSPL-1.0)'])('%p would be found', (licence) => {
  expect(unknownLicences([{ name: 'a', version: '1', licence }])).toHaveLength(1);
});
