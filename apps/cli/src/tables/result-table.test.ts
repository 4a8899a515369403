import { expect, test } from '@jest/globals';
import type { PipelineStats } from '@fashionmatch/domain';

import { resultTable } from './result-table.js';

const references: PipelineStats = {
  source: 'references',
  totalItems: 150,
  processedItems: 145,
  skippedItems: 5,
  failedItems: 0,
  failedIds: [],
  remainingItems: 0,
  fromJournal: { items: 0, imported: 0 },
  leftOut: [],
  durationSeconds: 23.45,
};

const scraped: PipelineStats = {
  source: 'scraped',
  totalItems: 523,
  processedItems: 498,
  skippedItems: 20,
  failedItems: 5,
  failedIds: ['vinted_12345', 'vinted_67890', 'c', 'd', 'e'],
  remainingItems: 0,
  fromJournal: { items: 0, imported: 0 },
  leftOut: [],
  durationSeconds: 78.92,
};

test('the summary, to the letter', () => {
  expect(resultTable({ references, scraped })).toBe(`${'='.repeat(80)}
EMBEDDING PIPELINE RESULTS
${'='.repeat(80)}

REFERENCES:
  Total items:      150
  Processed:        145
  Skipped:          5
  Failed:           0
  Duration:         23.45s

SCRAPED:
  Total items:      523
  Processed:        498
  Skipped:          20
  Failed:           5
  Duration:         78.92s
  Failed IDs:       vinted_12345, vinted_67890, ... and 3 more

TOTAL:
  Processed:        643
  Failed:           5
  Total Duration:   102.37s
${'='.repeat(80)}
`);
});

test('what the listing left out is counted by extension and reason, whatever its names do to a terminal', () => {
  const kind = 'file';
  const leftOut = [
    { kind, extension: '.txt', reason: 'not_an_image', count: 12, example: '/photos/a.txt' },
    { kind, extension: '.x\u001b[2J', reason: 'hidden', count: 1, example: '/photos/a.x\u001b[2J' },
  ] as const;
  const table = resultTable({ references: { ...references, leftOut } });
  expect(table).toMatch(/^  Left out:         12 \.txt \(not an image\), 1 \.x.*2J \(hidden\)$/m);
  expect(table).not.toContain('\u001b');
});

test('two failed ids are both named', () => {
  const table = resultTable({ scraped: { ...scraped, failedIds: ['a', 'b'], failedItems: 2 } });
  expect(table).toContain('  Failed IDs:       a, b\n');
  expect(table).not.toContain('REFERENCES');
});

test('an id cannot send escape sequences to the terminal', () => {
  const table = resultTable({ scraped: { ...scraped, failedIds: ['\u001b[31mred\u202e'] } });
  expect(table).toContain('�[31mred�');
  expect(table).not.toContain('\u001b');
});

test('vectors that were not made anew are counted', () => {
  const table = resultTable({ references: { ...references, fromJournal: { items: 140, imported: 3 } } });
  expect(table).toContain('  Processed:        145\n  From journal:     140\n  Skipped:          5\n');
});

test('what remains, what was removed and what else there is to say are added', () => {
  const stopped = { ...references, totalItems: 200, remainingItems: 50, removedIds: ['x', 'y', 'z'] };
  const table = resultTable(
    { references: stopped, scraped: { ...scraped, remainingItems: undefined } },
    'Interrupted.',
  );
  expect(table).toContain(`  Failed:           0
  Remaining:        50
  Removed:          3
  Duration:         23.45s
  Removed IDs:      x, y, ... and 1 more
`);
  expect(table).toContain('  Remaining:        not counted\n');
  expect(table).toContain(`  Total Duration:   102.37s

Interrupted.
${'='.repeat(80)}
`);
});
