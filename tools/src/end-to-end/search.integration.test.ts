import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readRawCollections } from './running/raw-collections.js';
import { PHOTOGRAPH, SampleSearch } from './running/sample-search.js';

let samples: SampleSearch;
let folder = '';

beforeAll(async () => {
  samples = await SampleSearch.open();
  ({ folder } = samples);
});

afterAll(async () => {
  await samples[Symbol.asyncDispose]();
});

describe('search', () => {
  test('finds the photograph itself first, then its look-alikes', async () => {
    const hits = await samples.hitsOf(PHOTOGRAPH, '-k', '5');
    expect(hits).toMatchObject([
      { rank: 1, title: 'navy-striped-t-shirt.png' },
      { rank: 2, title: 'Navy striped t-shirt' },
      { rank: 3 },
      { rank: 4 },
      { rank: 5 },
    ]);
    for (const hit of hits) {
      expect(Object.keys(hit)).toEqual([
        ...['rank', 'item_id', 'similarity_score', 'clip_score', 'dino_score', 'percentile', 'closeness'],
        ...['title', 'price', 'currency', 'brand', 'url', 'local_image_path'],
      ]);
    }
  });

  test('gives the scores that the stored vectors have, fused by the weights', async () => {
    const { clip, dino } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
    const [id = '', ...others] = clip.ids;
    const hits = await samples.hitsOf('--id', id, '--weights', 'clip=3,dino=1', '--top-k', '100');
    expect(hits.map(({ item_id }) => item_id).sort()).toEqual(others);

    const cosine = (vectors: readonly number[][], itemId: string): number => {
      const [own = [], other = []] = [vectors[0], vectors[clip.ids.indexOf(itemId)]];
      return own.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
    };
    for (const { item_id, similarity_score, clip_score, dino_score } of hits) {
      expect(clip_score).toBeCloseTo(cosine(clip.embeddings, item_id), 6);
      expect(dino_score).toBeCloseTo(cosine(dino.embeddings, item_id), 6);
      expect(similarity_score).toBeCloseTo(0.75 * clip_score + 0.25 * dino_score, 12);
    }
    const scores = hits.map(({ similarity_score }) => similarity_score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));

    expect(await samples.hitsOf('--id', id, '--weights', 'clip=3,dino=1', '--top-k', '100', '--exact')).toEqual(hits);
    const enough = scores[4] ?? NaN;
    const best = await samples.hitsOf('--id', id, '--weights', 'clip=3,dino=1', '--min-score', String(enough));
    expect(best).toEqual(hits.filter(({ similarity_score }) => similarity_score >= enough));
  });

  test.each(['by index', 'exact'])('finds all items that pass a filter, and no others: %s', async (mode) => {
    const { clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
    const prices = clip.metadatas
      .filter((metadata) => metadata?.['fm_source'] === 'scraped')
      .map((metadata) => Number(metadata?.['price']));
    const middle = prices.sort((a, b) => a - b)[10] ?? NaN;
    const filter = `source=scraped and not (price >= ${String(middle)} or brand = "")`;
    const hits = await samples.hitsOf(
      PHOTOGRAPH,
      '-k',
      '100',
      '--where',
      filter,
      ...(mode === 'exact' ? ['--exact'] : []),
    );
    const expected = clip.ids.filter((_, i) => {
      const metadata = clip.metadatas[i];
      return metadata?.['fm_source'] === 'scraped' && Number(metadata['price']) < middle && metadata['brand'] !== '';
    });
    expect(expected.length).toBeGreaterThan(3);
    expect(hits.map(({ item_id }) => item_id).sort()).toEqual(expected);
  });

  test('that finds nothing says so', async () => {
    const outcome = await samples.search(PHOTOGRAPH, '--where', 'price > 1000000');
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'No items found.\n' });
    expect(outcome.stderr).toMatch(/^No item has price > 1000000; nearest stored: [\d.]+ \(\d+ items?\)\.\n$/);
  });
});
