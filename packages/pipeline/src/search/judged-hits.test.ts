import { InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { drawScores } from './drawn-scores.js';
import { confidentHits, judgedHits } from './judged-hits.js';
import type { SearchResult } from './nearest-items.js';

const DIMENSIONS = { clip: 16, dino: 12 };
const WEIGHTS = { clip: 0.6, dino: 0.4 };
const LEAST = { clip: 0.97, dino: 0.97 };

const hit = (clipScore: number, dinoScore: number | null): SearchResult => ({
  itemId: 'a',
  clipScore,
  dinoScore,
  similarityScore: dinoScore === null ? clipScore : WEIGHTS.clip * clipScore + WEIGHTS.dino * dinoScore,
  item: sampleItem('a', DIMENSIONS).item,
  contentSha256: '',
});

async function storeOf(count: number): Promise<InMemoryVectorStore> {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(Array.from({ length: count }, (_, seed) => sampleItem(`i-${String(seed)}`, DIMENSIONS, { seed })));
  return store;
}

describe('judgedHits', () => {
  test('says what a score is worth in a store', async () => {
    const sample = await drawScores(await storeOf(200), LEAST);
    const hits = [hit(0.99, 0.98), hit(0.9, 0.8), hit(0, 0)];
    const judged = judgedHits(hits, sample, WEIGHTS, LEAST);
    expect(judged.map(({ closeness }) => closeness)).toEqual(['same picture', 'very close', 'weak']);
    expect(judged[2]?.percentile).toBeGreaterThan(35);
    expect(judged[2]?.percentile).toBeLessThan(65);
    expect(judged).toMatchObject(hits);
    expect(confidentHits(judged, 99)).toEqual(judged.slice(0, 2));
  });

  test('leaves hits of a text, and those of too few items, as they are', async () => {
    const sample = await drawScores(await storeOf(200), LEAST);
    expect(judgedHits([hit(0.3, null)], sample, WEIGHTS, LEAST)).toEqual([hit(0.3, null)]);
    const few = await drawScores(await storeOf(5), LEAST);
    const judged = judgedHits([hit(0.9, 0.9)], few, WEIGHTS, LEAST);
    expect(judged).toEqual([hit(0.9, 0.9)]);
    expect(() => confidentHits(judged, 99)).toThrow('Too few different items');
    expect(judgedHits([hit(0.9, 0.9)], undefined, WEIGHTS, LEAST)).toEqual([hit(0.9, 0.9)]);
  });
});
