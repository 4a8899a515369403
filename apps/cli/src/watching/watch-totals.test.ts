import { FashionMatchError, type PipelineStats } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';

import { WatchTotals } from './watch-totals.js';

function stats(processedItems: number, skippedItems: number, failedIds: string[] = []): PipelineStats {
  const failedItems = failedIds.length;
  const totalItems = processedItems + skippedItems + failedItems;
  const counts = { totalItems, processedItems, skippedItems, failedItems, remainingItems: 0 };
  const fromJournal = { items: 1, imported: 0 };
  return { source: 'references', ...counts, fromJournal, leftOut: [], failedIds, durationSeconds: 1 };
}

test('sums up what the runs did; what a later run skips was counted before', () => {
  const totals = new WatchTotals();
  totals.add({ references: stats(3, 10, ['a']) });
  totals.add({ references: stats(2, 13) });
  totals.add({ references: stats(0, 15, ['b']) });
  expect(totals.results.references).toEqual({
    source: 'references',
    totalItems: 17,
    processedItems: 5,
    skippedItems: 10,
    failedItems: 2,
    failedIds: ['a', 'b'],
    remainingItems: 0,
    fromJournal: { items: 3, imported: 0 },
    leftOut: [],
    durationSeconds: 3,
  });
  expect(totals.document()).toMatchObject({ status: 'interrupted', runs: 3, total: { total_items: 17 } });
});

test('counts what was removed, where that was looked for', () => {
  const totals = new WatchTotals();
  expect(totals.document()).not.toHaveProperty('removed_items');
  totals.add({ references: { ...stats(0, 3), removedIds: ['a', 'b'] } });
  totals.add({ references: { ...stats(0, 1), removedIds: ['c'] } });
  expect(totals.document()).toMatchObject({ removed_items: 3 });
});

test('says what ended it', () => {
  const error = new FashionMatchError('STORE_FAILED', 'It is full.');
  expect(new WatchTotals().document(error)).toMatchObject({
    status: 'failed',
    runs: 0,
    error: { code: 'STORE_FAILED' },
  });
});
