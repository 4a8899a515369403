import { expect, test } from '@jest/globals';

import { LeftOutTally, leftOutText } from './left-out.js';

test('counts by kind, extension and reason, the most frequent first, each with an example', () => {
  const tally = new LeftOutTally();
  tally.add({ path: '/photos/list.JSON', kind: 'file', reason: 'not_a_batch' });
  tally.add({ path: '/photos/a.txt', kind: 'file', reason: 'not_an_image' });
  tally.add({ path: '/photos/b.TXT', kind: 'file', reason: 'not_an_image' });
  tally.add({ path: '/photos/c.txt', kind: 'file', reason: 'excluded' });
  tally.add({ path: '/photos/v1.2/README', kind: 'file', reason: 'not_an_image' });
  tally.add({ path: '/photos/.DS_Store', kind: 'file', reason: 'ignored' });
  tally.add({ path: '/photos/@eaDir', kind: 'folder', reason: 'ignored' });
  expect(tally.counts[0]).toEqual({
    kind: 'file',
    extension: '.txt',
    reason: 'not_an_image',
    count: 2,
    example: '/photos/a.txt',
  });
  expect(leftOutText(tally.counts)).toBe(
    '2 .txt (not an image), 1 .json (not a batch), 1 .txt (excluded), 1 without extension (not an image), ' +
      '1 without extension (ignored), 1 folder (ignored)',
  );
});

test('memory does not grow with the extensions that somebody makes up', () => {
  const tally = new LeftOutTally();
  for (let i = 0; i < 10_000; i++) {
    tally.add({ path: `/photos/a.${String(i)}${'x'.repeat(300)}`, kind: 'file', reason: 'not_an_image' });
  }
  expect(tally.counts.length).toBeLessThan(300);
  expect(tally.counts.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  expect(leftOutText(tally.counts)).toMatch(/^9800 without extension \(not an image\), .*, 195 more$/);
  expect(Math.max(...tally.counts.map(({ extension }) => extension.length))).toBeLessThan(20);
});
