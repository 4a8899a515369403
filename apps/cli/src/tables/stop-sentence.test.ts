import type { PipelineStats } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';

import { resultDocument, type RunStatus } from '../documents/result-document.js';
import { stopSentence } from './stop-sentence.js';

function reportOf(status: RunStatus, remainingItems: number | undefined) {
  const references: PipelineStats = {
    source: 'references',
    totalItems: 9,
    processedItems: 5,
    skippedItems: 0,
    failedItems: 0,
    failedIds: [],
    remainingItems,
    removedIds: ['gone'],
    fromJournal: { items: 0, imported: 0 },
    leftOut: [],
    durationSeconds: 1,
  };
  return { status, results: { references }, failures: [], models: undefined, error: undefined };
}

test.each([
  ['interrupted', 4, 'signal', 'Interrupted: 4 items remain. Run the same command again to go on from here.'],
  ['interrupted', 0, 'signal', 'Interrupted when everything was done: nothing remains.'],
  [
    'interrupted',
    undefined,
    'signal',
    'Interrupted: not everything was counted. Run the same command again to go on from here.',
  ],
  ['completed', 4, 'limit', 'Stopped at the limit: 4 items remain. Run the same command again to go on from here.'],
  ['completed', 0, undefined, undefined],
  ['failed', 4, 'error', undefined],
] as const)('a run that is %s with %p left', (status, remaining, stoppedBy, sentence) => {
  const report = reportOf(status, remaining);
  expect(stopSentence(report)).toBe(sentence);
  const counts = { total_items: 9, remaining_items: remaining ?? null };
  const document: object = JSON.parse(JSON.stringify(resultDocument(report)));
  expect(document).toMatchObject({
    results: { references: { ...counts, removed_items: 1, removed_ids: ['gone'] } },
    total: counts,
  });
  expect('stopped_by' in document ? document.stopped_by : undefined).toBe(stoppedBy);
});
