import type { ItemFailure, SourceEntry } from '@fashionmatch/domain';
import { sampleItem } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { SettledEntries } from './settled-entries.js';

const NOW = 1_000_000;

function entry(path: string, mtimeMs: number, size = 10): SourceEntry {
  const { item } = sampleItem(path, { clip: 4, dino: 4 });
  return {
    kind: 'item',
    source: 'references',
    itemId: path,
    recognisedBy: 'path',
    metadata: item,
    file: { path, size, mtimeMs },
  };
}

const failure = (path: string, reason = 'damaged'): ItemFailure => ({
  itemId: path,
  source: 'references',
  stage: 'decode',
  code: 'IMAGE_INVALID',
  reason,
  path,
});

test('a file that changed a moment ago is left out, and asked for again', () => {
  const entries = new SettledEntries(2_000, () => NOW);
  expect(entries.isReady(entry('/old', NOW - 2_000))).toBe(true);
  expect(entries.takeLeftOut()).toBe(false);
  expect(entries.isReady(entry('/new', NOW - 1_999))).toBe(false);
  expect([entries.takeLeftOut(), entries.takeLeftOut()]).toEqual([true, false]);
  expect(entries.isReady(entry('/from-the-future', NOW + 60_000))).toBe(true);
});

test('what failed is not tried again before it has changed', () => {
  const entries = new SettledEntries(2_000, () => NOW);
  expect(entries.isReady(entry('/a', 5))).toBe(true);
  entries.noteFailure(failure('/a'));
  expect(entries.isReady(entry('/a', 5))).toBe(false);
  expect(entries.takeLeftOut()).toBe(false);
  expect(entries.isReady(entry('/a', 5, 11))).toBe(true);
  expect(entries.isReady(entry('/b', 5))).toBe(true);
});

test('a fault of a listing is told once, and again when it is another', () => {
  const entries = new SettledEntries(2_000, () => NOW);
  const fault = (reason: string): SourceEntry => ({ kind: 'fault', failure: failure('/batch.json', reason) });
  expect(entries.isReady(fault('no JSON'))).toBe(true);
  entries.noteFailure(failure('/batch.json', 'no JSON'));
  expect(entries.isReady(fault('no JSON'))).toBe(false);
  expect(entries.isReady(fault('no list'))).toBe(true);
});
