import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  compareHits,
  dot,
  matchesFilter,
  normaliseWeights,
  parseMetadataFilter,
  type DualEmbedding,
  type EmbeddedItem,
  type FusedHit,
  type FusionWeights,
  type VectorStore,
} from '@fashionmatch/domain';
import {
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  randomEmbedding,
  RecordingLogger,
  sampleItem,
  seededRandom,
} from '@fashionmatch/domain/testing';
import {
  HybridScorer,
  JournaledVectorStore,
  SimilaritySearch,
  type EncoderHandle,
  type SearchResult,
} from '@fashionmatch/pipeline';
import {
  connectEmbeddedChroma,
  openChromaVectorStore,
  openEmbeddedChroma,
  type EmbeddedChroma,
} from '@fashionmatch/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ITEMS = 5_000;
const QUERIES = 200;
const TOP_K = 20;
const WEIGHTS = [
  { clip: 1, dino: 0 },
  { clip: 0.7, dino: 0.3 },
  { clip: 0.5, dino: 0.5 },
  { clip: 0.1, dino: 0.9 },
  { clip: 0, dino: 1 },
].map(normaliseWeights);
const DIMENSIONS = { clip: 512, dino: 384 };
const BRANDS = ['Zara', 'ZARA', 'Arket', 'Weekday', "L'Oréal"];

/** So many searches are under way at once: the server answers one while the results of another are read. */
const CONCURRENT = 4;

const random = seededRandom(20_250_115);
const items = Array.from({ length: ITEMS }, (_, i): EmbeddedItem => {
  const price = (i % 100) + (i % 3 === 0 ? 0.5 : 0);
  const changes = {
    item: { price, brand: BRANDS[i % 5] ?? '', scrapedAt: new Date(Date.UTC(2024, 0, 1, i)).toISOString() },
    provenance: { contentSha256: i.toString(16).padStart(64, '0') },
  };
  const item = sampleItem(`item-${String(i)}`, { clip: 1, dino: 1 }, changes);
  return { ...item, embeddings: randomEmbedding(DIMENSIONS, random) };
});
const queries = Array.from({ length: QUERIES }, () => randomEmbedding(DIMENSIONS, random));

let folder = '';
let chroma: EmbeddedChroma;
/** As every command with a store of its own searches: candidates are scored by the journal's vectors. */
let journaled: SimilaritySearch;
/** As with a server elsewhere: by Chroma's. */
let unjournaled: SimilaritySearch;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-exact-'));
  const logger = new RecordingLogger();
  chroma = await openEmbeddedChroma({ persistDirectory: folder, logger });
  const store = await openChromaVectorStore({
    connection: await connectEmbeddedChroma(chroma),
    collectionName: 'random',
    encoders: { clip: handle('clip'), dino: handle('dino') },
    batchSize: 500,
    logger,
  });
  const encoderIds = { clip: handle('clip').id, dino: handle('dino').id };
  const beside = new JournaledVectorStore(store, new InMemoryEmbeddingJournal(), encoderIds);
  await beside.upsert(items);
  [journaled, unjournaled] = [searchOver(beside), searchOver(store)];
});

afterAll(async () => {
  await chroma[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function handle(space: 'clip' | 'dino'): EncoderHandle {
  const encoder = new FakeImageEncoder(DIMENSIONS[space]);
  return { id: encoder.id, dimensions: encoder.dimensions, model: encoder.model, open: () => Promise.resolve(encoder) };
}

function searchOver(vectorStore: VectorStore): SimilaritySearch {
  return new SimilaritySearch({
    vectorStore,
    decoder: new FakeImageDecoder(),
    scorer: new HybridScorer({ clip: handle('clip'), dino: handle('dino') }, { clip: 0.5, dino: 0.5 }),
    sources: { readImage: () => Promise.reject(new RangeError('Nothing is read from files here')) },
    textTower: () => Promise.reject(new RangeError('No text is searched for here')),
    logger: new RecordingLogger(),
  });
}

/** For each pair of weights the best of `among`, by nothing but the definition of the score. */
function bruteForce(
  query: DualEmbedding,
  among: readonly EmbeddedItem[],
  weightPairs: readonly FusionWeights[],
): FusedHit[][] {
  const scored = among.map(({ item, embeddings }) => ({
    itemId: item.itemId,
    clipScore: dot(query.clip, embeddings.clip),
    dinoScore: dot(query.dino, embeddings.dino),
  }));
  return weightPairs.map(({ clip, dino }) =>
    scored
      .map((scores) => ({ ...scores, similarityScore: clip * scores.clipScore + dino * scores.dinoScore }))
      .sort(compareHits)
      .slice(0, TOP_K),
  );
}

/** How far results are from those of brute force; the worst of all that were compared. */
class Comparison {
  found = 0;
  expected = 0;
  misplaced = 0;
  scoreError = 0;

  add(results: readonly SearchResult[], expected: readonly FusedHit[]): void {
    const byId = new Map(results.map((result) => [result.itemId, result]));
    this.expected += expected.length;
    for (const [rank, hit] of expected.entries()) {
      const result = byId.get(hit.itemId);
      if (result === undefined) continue;
      this.found++;
      if (results[rank] !== result) this.misplaced++;
      for (const score of ['similarityScore', 'clipScore', 'dinoScore'] as const) {
        this.scoreError = Math.max(this.scoreError, Math.abs((result[score] ?? NaN) - hit[score]));
      }
    }
  }

  expectEqual(count: number): void {
    expect(this.expected).toBe(count);
    expect({ recall: this.found / this.expected, misplaced: this.misplaced }).toEqual({ recall: 1, misplaced: 0 });
    expect(this.scoreError).toBeLessThan(1e-5);
  }
}

/** Compares what the search finds for some queries, with each pair of weights, to brute force among some of the items. */
async function compare(
  options: {
    search?: SimilaritySearch;
    queries: number;
    filter?: string;
    exact?: boolean;
    weightPairs?: readonly FusionWeights[];
  },
  among: readonly EmbeddedItem[] = items,
): Promise<Comparison> {
  const { search = journaled, exact, weightPairs = WEIGHTS } = options;
  const comparison = new Comparison();
  const filter = options.filter === undefined ? undefined : parseMetadataFilter(options.filter);
  const remaining = queries.slice(0, options.queries).values();
  const compareNext = async (): Promise<void> => {
    for (const query of remaining) {
      for (const [i, hits] of bruteForce(query, among, weightPairs).entries()) {
        const options = { topK: TOP_K, weights: weightPairs[i], filter, exact };
        comparison.add(await search.byEmbedding(query, options), hits);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, compareNext));
  return comparison;
}

const FILTER = `price>=20.5 and price<60 and (brand=Zara or brand='L\\'Oréal') and not price in (30, 40.5)`;
const passing = items.filter(
  ({ item: { price, brand } }) =>
    price >= 20.5 && price < 60 && (/^zara$/i.test(brand) || brand === "L'Oréal") && price !== 30 && price !== 40.5,
);

describe('5,000 random items in Chroma, for any weights', () => {
  test('the fused search finds what brute force finds, for each of 200 queries', async () => {
    (await compare({ queries: QUERIES })).expectEqual(QUERIES * WEIGHTS.length * TOP_K);
  });

  test('so it does without a journal', async () => {
    (await compare({ search: unjournaled, queries: 20 })).expectEqual(20 * WEIGHTS.length * TOP_K);
  });

  test('so it does among the items that pass a filter', async () => {
    expect(passing.length).toBeGreaterThan(500);
    (await compare({ queries: 8, filter: FILTER }, passing)).expectEqual(8 * WEIGHTS.length * TOP_K);
  });

  // Of brands there are few. All times and titles differ: of those, many pass the second filter, and few the third.
  test.each([
    ['brand=zara and not brand=="Zara" or brand~"l\'ORÉ"', 2_000],
    ['scraped_at>=2024-02 and price<90', undefined],
    ['title~"COAT item-12" and brand!=ZARA', undefined],
  ])('so it does without regard to case, in parts of texts and in time: %s', async (filter, count) => {
    const among = items.filter((item) => matchesFilter(parseMetadataFilter(filter), item));
    if (count !== undefined) expect(among).toHaveLength(count);
    expect(among.length).toBeGreaterThan(TOP_K);
    for (const search of [journaled, unjournaled]) {
      (await compare({ search, queries: 2, filter }, among)).expectEqual(2 * WEIGHTS.length * TOP_K);
    }
  });

  test('and a full scan, with a filter and without', async () => {
    (await compare({ queries: 1, exact: true })).expectEqual(WEIGHTS.length * TOP_K);
    const weightPairs = [{ clip: 0.5, dino: 0.5 }];
    (await compare({ queries: 1, exact: true, filter: FILTER, weightPairs }, passing)).expectEqual(TOP_K);
  });
});
