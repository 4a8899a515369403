import type { ItemFailure, ProgressEvent } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { failureLog } from './failure-log.js';

const STARTED: ProgressEvent = { type: 'planned', source: 'scraped', total: 20_000, work: 20_000 };
const FINISHED: ProgressEvent = {
  type: 'source-finished',
  source: 'scraped',
  stats: {
    source: 'scraped',
    totalItems: 0,
    processedItems: 0,
    skippedItems: 0,
    failedItems: 0,
    failedIds: [],
    remainingItems: 0,
    fromJournal: { items: 0, imported: 0 },
    leftOut: [],
    durationSeconds: 1,
  },
};

function failed(itemId: string, changes: Partial<ItemFailure> = {}): ProgressEvent {
  const failure: ItemFailure = {
    itemId,
    source: 'scraped',
    stage: 'discover',
    code: 'LISTING_INVALID',
    reason: 'price must be a number: null',
    value: 'null',
    path: '/data/b1/batch.json',
    ...changes,
  };
  return { type: 'item-failed', source: failure.source, failure };
}

/** The lines that are logged of these events, a number being seconds that pass. */
function linesOf(events: readonly (ProgressEvent | number)[]): string[] {
  const logger = new RecordingLogger();
  let seconds = 0;
  const log = failureLog(logger, () => seconds * 1_000);
  for (const event of events) {
    if (typeof event === 'number') seconds += event;
    else log.report(event);
  }
  return logger.events.map(({ message }) => message);
}

test('images that are passed over share a line of their own', () => {
  const passedOver = ['1', '2'].map((itemId): ProgressEvent => {
    const failure = {
      stage: 'decode',
      code: 'IMAGE_INVALID',
      reason: 'cut',
      path: '/a',
      source: 'scraped',
      itemId,
    } as const;
    return { type: 'image-passed-over', source: 'scraped', failure };
  });
  expect(linesOf([STARTED, ...passedOver, FINISHED])).toEqual([
    'Passed over an image of 2 items (decode): cut: listing 1, /a; listing 2, /a',
  ]);
});

test('a failure is told with the listing, its place and the value that was found', () => {
  expect(linesOf([STARTED, failed('42'), FINISHED])).toEqual([
    'Failed listing 42, /data/b1/batch.json (discover): price must be a number: null',
  ]);
});

test('a file is named by its path, and so is a batch: their ids are no one knows', () => {
  const image = { source: 'references', stage: 'decode', code: 'IMAGE_INVALID', reason: 'The file is empty' } as const;
  const batch = { code: 'BATCH_INVALID', reason: 'the file is no valid JSON', path: '/data/b1.json' } as const;
  const lines = linesOf([
    STARTED,
    failed('ref_x_2026', { ...image, value: undefined, path: '/photos/x.jpg' }),
    failed('b1', { ...batch, value: undefined }),
    failed('7', { code: 'IMAGE_MISSING', reason: 'there is none', value: undefined, path: '' }),
    FINISHED,
  ]);
  expect(lines).toEqual([
    'Failed /photos/x.jpg (decode): The file is empty',
    'Failed /data/b1.json (discover): the file is no valid JSON',
    'Failed listing 7 (discover): there is none',
  ]);
});

test('20,000 of one kind are one line, with a count and ten of them', () => {
  const value = (i: number): string => `"${String(i)} EUR"`;
  const events = Array.from({ length: 20_000 }, (_, i) =>
    failed(String(i), { reason: `price must be a number: ${value(i)}`, value: value(i) }),
  );
  const lines = linesOf([STARTED, ...events, FINISHED]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^Failed 20000 items \(discover\): price must be a number: listing 0, .*batch.json \("0 EUR"\);/,
  );
  expect(lines[0]?.match(/listing \d+/g)).toHaveLength(10);
  expect(lines[0]).toMatch(/; and 19990 more$/);
});

test('other reasons, stages and sources are kinds of their own; numbers in a reason are not', () => {
  const lines = linesOf([
    STARTED,
    ...['line 3 is torn', 'line 12 is torn', 'it is empty'].map((reason) => failed('1', { reason, value: undefined })),
    failed('1', { reason: 'it is empty', value: undefined, stage: 'decode' }),
    failed('1', { reason: 'it is empty', value: undefined, source: 'references' }),
    FINISHED,
  ]);
  expect(lines).toHaveLength(4);
});

test('a long run tells them as they come, and again when there are twice as many', () => {
  const lines = linesOf([
    STARTED,
    ...[failed('1'), 61, failed('2'), failed('3'), 61, failed('4'), failed('5'), 61, failed('6')],
    FINISHED,
  ]);
  expect(lines.map((line) => line.split(' (')[0])).toEqual([
    'Failed 2 items',
    'Failed 2 more, 4 in all',
    'Failed 2 more, 6 in all',
  ]);
});

test('kinds without end are told, not kept', () => {
  const words = Array.from({ length: 3_000 }, (_, i) => i.toString(2).replaceAll('0', 'a').replaceAll('1', 'b'));
  const lines = linesOf([STARTED, ...words.map((reason) => failed('1', { reason, value: undefined })), FINISHED]);
  expect(lines).toHaveLength(3_000);
});
