import { ItemError, type EmbeddedItem } from '@fashionmatch/domain';
import { collect, InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import type { SearchResult } from '@fashionmatch/pipeline';
import { describe, expect, test } from '@jest/globals';

import { searchPage, type PageConditions } from './search-page.js';

const DIMENSIONS = { clip: 4, dino: 4 };
const CONDITIONS: PageConditions = {
  topK: 10,
  weights: { clip: 3, dino: 1 },
  where: undefined,
  minScore: undefined,
  exact: false,
};

const items = Array.from({ length: 600 }, (_, i) => sampleItem(`item-${String(i)}`, DIMENSIONS));

function hitOf({ item, provenance: { contentSha256 } }: EmbeddedItem): SearchResult {
  const { itemId } = item;
  return { itemId, similarityScore: 0.5, clipScore: 0.75, dinoScore: -0.25, item, contentSha256 };
}

async function pageOf(query: Parameters<typeof searchPage>[0], hits: readonly SearchResult[], conditions = CONDITIONS) {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(items);
  const picture = new TextEncoder().encode('picture');
  const thumbnails = {
    ofFile: () => Promise.resolve(picture),
    ofItem: ({ provenance: { filePath } }: Pick<EmbeddedItem, 'provenance'>) =>
      filePath.includes('/item-7/')
        ? Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist'))
        : Promise.resolve(picture),
  };
  return (await collect(searchPage(query, conditions, hits, { store, thumbnails }))).join('');
}

const cardsOf = (text: string): number => text.match(/<li class="card">/g)?.length ?? 0;

describe('a search page', () => {
  test('shows the item that was searched for, and every hit with its scores', async () => {
    const text = await pageOf({ id: 'item-1' }, items.slice(2, 12).map(hitOf));
    expect(cardsOf(text)).toBe(10);
    expect(text).toContain('<h2>Wool coat item-1</h2>');
    expect(text).toContain('CLIP 0.75, DINOv2 0.25');
    expect(text).toContain('<rect class="clip" width="75.0%" height="100%"/></svg>0.750');
    // A bar cannot be shorter than nothing.
    expect(text).toContain('<rect class="dino" width="0.0%" height="100%"/></svg>-0.250');
    expect(text).toContain('No picture: the file does not exist');
  });

  test('of a text has no picture of it, and no score that a text does not have', async () => {
    const hits = items.slice(0, 3).map((item) => ({ ...hitOf(item), dinoScore: null }));
    const text = await pageOf({ text: '<b>red</b> dress' }, hits, { ...CONDITIONS, weights: undefined });
    expect(text).toContain('<h1>“&#60;b&#62;red&#60;/b&#62; dress”</h1>');
    expect(text).toContain('CLIP alone');
    expect(text).not.toContain('class="dino"');
  });

  test('shows 500 hits at most, and leaves out what was removed meanwhile', async () => {
    const gone = sampleItem('gone', DIMENSIONS);
    const text = await pageOf({ path: 'a.jpg' }, [gone, ...items].map(hitOf));
    expect(cardsOf(text)).toBe(499);
    expect(text).toContain('601 items');
    expect(text).toContain('the first 500 are shown');
  });

  test('that found nothing says so', async () => {
    expect(await pageOf({ path: 'a.jpg' }, [])).toContain('No items found.');
  });
});
