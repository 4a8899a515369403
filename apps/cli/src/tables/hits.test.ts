import { sampleItem } from '@fashionmatch/domain/testing';
import type { SearchResult } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';
import stringWidth from 'string-width';

import { hitDocument, hitTable } from './hits.js';

function hit(itemId: string, title: string, price: number): SearchResult {
  const { item, provenance } = sampleItem(itemId, { clip: 1, dino: 1 }, { item: { title, price } });
  const { contentSha256 } = provenance;
  return { itemId, similarityScore: 0.75, clipScore: 1, dinoScore: -0.25, item, contentSha256 };
}

test('a hit is documented with exactly the names of the contract', () => {
  expect(hitDocument(hit('coat-1', 'Wool coat', 24.5), 2)).toEqual({
    rank: 3,
    item_id: 'coat-1',
    similarity_score: 0.75,
    clip_score: 1,
    dino_score: -0.25,
    title: 'Wool coat',
    price: 24.5,
    currency: 'EUR',
    brand: 'Arket',
    url: 'https://shop.example/coat-1',
    local_image_path: 'images/coat-1/0.jpg',
  });
});

test('hits are aligned, whatever is in their texts', () => {
  const hits = [hit('a', 'Coat', 5), hit('b', '👗'.repeat(50), 0), hit('c', 'two\nlines \u001b[31m\u202e', 1)];
  expect(hitTable(hits)).toBe(
    [
      '#  score  clip   dino   price     brand  title                               id',
      '1  0.750  1.000  -0.250 5.00 EUR  Arket  Coat                                a',
      `2  0.750  1.000  -0.250           Arket  ${'👗'.repeat(17)}… b`,
      `3  0.750  1.000  -0.250 1.00 EUR  Arket  two�lines �[31m�${' '.repeat(20)}c`,
      '',
    ].join('\n'),
  );
});

test('hits that are not proven are marked, in the document and below the table', () => {
  const hits = [hit('a', 'Coat', 5), { ...hit('b', 'Dress', 5), unproven: true } as const];
  expect(hits.map(hitDocument)).toEqual([
    expect.not.objectContaining({ unproven: true }),
    expect.objectContaining({ unproven: true }),
  ]);
  expect(hitTable(hits)).toContain('\n\nFrom 2 on, items that the store does not name may be better: --exact looks at');
});

test('no hits are said in words', () => {
  expect(hitTable([])).toBe('No items found.\n');
});

test('titles are links where that is shown, to web pages only', () => {
  const coat = hit('coat', 'Coat', 5);
  const evil = { ...coat, item: { ...coat.item, url: 'javascript:alert(1)' } };
  const injected = { ...coat, item: { ...coat.item, url: 'https://shop.example/\u001b\\\u001b[31m' } };
  const table = hitTable([coat, evil, injected], { links: true });
  expect(table).toContain('\u001b]8;;https://shop.example/coat\u001b\\Coat\u001b]8;;\u001b\\ ');
  expect(table).not.toContain('javascript');
  expect(table).not.toContain('\u001b[31m');
  expect(hitTable([coat])).not.toContain('\u001b');
});

test.each([60, 72, 80])('fits %p columns: what says least goes first', (room) => {
  const hits = [
    hit('ref_navy-striped-t-shirt_20260105T080700000Z', 'Navy striped t-shirt with a long title indeed', 1234.5),
    hit('vinted_12345', '👗'.repeat(30), 0),
  ];
  const lines = hitTable(hits, { room }).trimEnd().split('\n');
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(room);
  expect(lines[0]).toMatch(/^#\s+score\s+price\s+title\s+id$/);
  expect(lines[1]).toContain('0.750');
  expect(lines[1]).toContain('ref_navy');
  expect(hitTable([hit('a', 'Coat', 5)], { room: 60 })).toBe(hitTable([hit('a', 'Coat', 5)]));
});
