import { expect, test } from '@jest/globals';
import type { SourceEntry } from '@fashionmatch/domain';
import { InMemoryItemSource } from '@fashionmatch/domain/testing';

import { shard } from '../declaration/option-values.js';
import { inShard } from './shard.js';

test('every entry, and every fault, is in one of the parts, which are about the same', () => {
  const source = new InMemoryItemSource('references');
  for (let i = 0; i < 800; i++) source.add(`/photos/${String(i)}.jpg`, new Uint8Array([i]));
  const failure = { itemId: 'pipe', source: 'references', stage: 'discover', code: 'IMAGE_UNREADABLE' } as const;
  const fault: SourceEntry = { kind: 'fault', failure: { ...failure, reason: 'a pipe', path: '/p' } };
  const entries = [...source.entries, fault];
  const parts = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => entries.filter(inShard({ index, count: 8 })));
  expect(new Set(parts.flat()).size).toBe(801);
  expect(parts.flat()).toHaveLength(801);
  for (const part of parts) expect(Math.abs(part.length - 100)).toBeLessThan(40);
});

test.each(['0/8', '9/8', '2', '2/0', '1/99999', 'a/b'])('%s is no part', (text) => {
  expect(() => shard(text)).toThrow('It must look like 2/8');
});

test('2/8 is the second of eight', () => {
  expect(shard('2/8')).toEqual({ index: 2, count: 8 });
});
