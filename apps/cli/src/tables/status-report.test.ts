import type { CheckedStatus, CollectionStatus } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';

import { statusReport } from './status-report.js';

const collection = (changes: Partial<CollectionStatus> = {}): CollectionStatus => ({
  name: 'looks_clip',
  state: 'present',
  reason: '',
  items: 3,
  encoder: { id: 'some/clip', dimensions: 512 },
  ...changes,
});

const status = (changes: Partial<CheckedStatus> = {}): CheckedStatus => ({
  location: 'data/chromadb',
  generation: 'main',
  collections: { clip: collection(), dino: collection({ name: 'looks_dino', encoder: undefined }) },
  unpaired: 0,
  itemsBySource: { references: 1, scraped: 2, unknown: 0 },
  journal: { items: 3, vectors: 6, bytes: 1_500_000 },
  bytesOnDisk: 25_040_000,
  holder: undefined,
  spotCheck: { items: 3, atFault: 0 },
  ...changes,
});

test('a store that is in step', () => {
  expect(statusReport(status())).toBe(`data/chromadb (25.0 MB on disk)

collection                      items     encoder
looks_clip                      3         some/clip (512 dimensions)
looks_dino                      3         does not say

1 item of references, 2 scraped.
Another program wrote this, and it does not say whose vectors they are: \`fashionmatch adopt\` finds out, and takes it over.
The journal remembers 3 items and 6 vectors, 1.5 MB.
Both collections have the same items; \`fashionmatch verify\` looks at every vector.
`);
});

test('fits 60 columns: an encoder has a long name', () => {
  const encoder = { id: 'builtin/colour-layout#fp32:0123456789abcdef0123456789abcdef', dimensions: 512 };
  const clip = collection({ name: 'fashion_items_clip', encoder });
  const table = statusReport(status({ collections: { clip, dino: { ...clip, name: 'fashion_items_dino' } } }), 60);
  expect(table.split('\n').slice(2, 5)).toEqual([
    'collection          items  encoder',
    'fashion_items_clip  3      builtin/colour-layout#fp32:01234…',
    'fashion_items_dino  3      builtin/colour-layout#fp32:01234…',
  ]);
});

test.each(['missing', 'present'] as const)('a store in which nothing is says what to do: %s', (state) => {
  const empty = collection({ state, items: 0 });
  const itemsBySource = { references: 0, scraped: 0, unknown: 0 };
  const report = statusReport(status({ collections: { clip: empty, dino: empty }, itemsBySource }));
  expect(report).toMatch(/\nNothing is stored yet: run "fashionmatch embed" first\.\n$/);
});

test('a server of one’s own has neither a journal nor a size', () => {
  const report = statusReport(status({ location: 'chroma:8000', journal: undefined, bytesOnDisk: undefined }));
  expect(report).toMatch(/^chroma:8000\n/);
  expect(report).not.toMatch(/journal|MB/);
});

test('drift, and a collection that cannot be read, name what mends them', () => {
  expect(statusReport(status({ unpaired: 1 }))).toContain('1 item in one collection only: `fashionmatch verify --');
  const torn = collection({ state: 'unreadable', reason: 'Error \u001b[31mfinding id', items: 0 });
  const report = statusReport(status({ collections: { clip: torn, dino: collection() } }));
  expect(report).toContain('looks_clip                      Error �[31mfinding id\n');
  expect(report).toContain('A collection that cannot be read: `fashionmatch verify --repair`');
});

test('items that another program changed are drift', () => {
  const spotCheck = { items: 500, atFault: 2 };
  const report = statusReport(status({ spotCheck }));
  const changed = '2 of 500 items that were looked at not as they were written: `fashionmatch verify --repair` mends';
  expect(report).toContain(`\n${changed}`);
  expect(statusReport(status({ unpaired: 1, spotCheck }))).toContain(`1 item in one collection only; ${changed}`);
  expect(statusReport(status({ spotCheck: undefined }))).toContain('Both collections have the same items');
});

test('whoever has the store open is named', () => {
  const holder = {
    pid: 7,
    startedAt: '1',
    namespace: '1',
    host: 'atelier',
    since: '2026-01-12T09:30:00.000Z',
    access: 'read',
  } as const;
  expect(statusReport(status({ holder }))).toContain(
    'Being read by process 7 on atelier, since 2026-01-12T09:30:00.000Z.\n',
  );
  const writer = { ...holder, access: 'write' } as const;
  const report = statusReport(status({ holder: writer, unpaired: 32 }));
  expect(report).toContain('Being written by process 7 on atelier');
  expect(report).toContain('32 items in one collection only, on the way into the other.');
});
