import { sampleItem } from '@fashionmatch/domain/testing';
import type { DuplicateGroup, DuplicateReport } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';
import stringWidth from 'string-width';

import { duplicatesReport } from './duplicates-report.js';

const report = (changes: Partial<DuplicateReport> = {}): DuplicateReport => ({
  items: 30,
  contents: 28,
  groups: [],
  thresholds: { clip: 0.97, dino: 0.98 },
  ...changes,
});

function group(...titles: string[]): DuplicateGroup {
  const items = titles.map((title, i) => ({
    ...sampleItem(
      `vinted_${String(i)}`,
      { clip: 1, dino: 1 },
      { item: { title, price: 1234.5, sellerId: 'seller-7' } },
    ),
    isExact: false,
  }));
  return { kind: 'near', isRelist: true, items, lowest: { clip: 0.98, dino: 0.99 } };
}

test('no copies: says what takes in more', () => {
  expect(duplicatesReport(report())).toBe(
    'No copies among 30 items (near from clip 0.970, dino 0.980).\n--min-clip and --min-dino take in what is less alike.\n',
  );
  // What to do where nothing is stored, the note above says.
  expect(duplicatesReport(report({ items: 0 }))).not.toContain('--min-clip');
});

test.each([
  [1, 'is 1 group'],
  [7, 'are 7 groups'],
])('none of the kind that was asked for, and %i of others: says what shows these', (ofOtherKinds, groups) => {
  expect(duplicatesReport(report(), { ofOtherKinds })).toBe(
    `None of that kind among 30 items.\nThere ${groups} of another: leave out --only.\n`,
  );
});

test('fits 60 columns, whatever titles are', () => {
  const groups = [
    group('👗'.repeat(40), 'A title that is a good deal longer than any line of a terminal has room for'),
  ];
  const text = duplicatesReport(report({ groups }), { room: 60 });
  for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(60);
  expect(text).toContain('vinted_0  1234.50 EUR  seller-7  👗');
  expect(text).toContain('…\n');
  expect(duplicatesReport(report({ groups }))).toContain('has room for');
});
