import {
  compareHits,
  dot,
  fuse,
  ItemNotFoundError,
  matchesFilter,
  normalise,
  parseMetadataFilter,
  type EmbeddedItem,
  type FashionItem,
  type NeighbourQuery,
  type ScoredId,
} from '@fashionmatch/domain';
import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  FakeTextTower,
  InMemoryVectorStore,
  randomEmbedding,
  RecordingLogger,
  sampleImage,
  sampleItem,
  seededRandom,
} from '@fashionmatch/domain/testing';
import { beforeEach, describe, expect, test } from '@jest/globals';

import { HybridScorer, openedHandle, type EncoderHandle } from '../hybrid-scorer.js';
import { SimilaritySearch, type SearchOptions } from './similarity-search.js';

const DIMENSIONS = { clip: 16, dino: 8 };
const WEIGHTS = { clip: 0.75, dino: 0.25 };

/** More than a full scan reads at once; every tenth is a copy of the one before it. */
const items = Array.from({ length: 2_300 }, (_, i): EmbeddedItem => {
  return sampleItem(`item-${String(i)}`, DIMENSIONS, {
    item: { price: i % 50, brand: i % 4 === 0 ? 'Zara' : 'Cos' },
    provenance: { contentSha256: i.toString(16).padStart(64, '0') },
    seed: i % 10 === 9 ? i - 1 : i,
  });
});
/** Passes `price<20`: a price of 0 is none. */
const isCheap = ({ price }: FashionItem): boolean => price > 0 && price < 20;
const query = randomEmbedding(DIMENSIONS, seededRandom(99));

let search: SimilaritySearch;
const logger = new RecordingLogger();

beforeEach(async () => {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(items);
  search = searchOver(store);
});

function searchOver(vectorStore: InMemoryVectorStore): SimilaritySearch {
  return new SimilaritySearch({
    vectorStore,
    decoder: new FakeImageDecoder(),
    scorer: new HybridScorer({ clip: handle('clip'), dino: handle('dino') }, WEIGHTS),
    sources: { readImage: () => Promise.reject(new RangeError('Nothing is read from files here')) },
    textTower: () => Promise.resolve(new FakeTextTower(DIMENSIONS.clip)),
    logger,
  });
}

const handle = (space: 'clip' | 'dino'): EncoderHandle => openedHandle(new FakeImageEncoder(DIMENSIONS[space]));

const best = (topK: number, weights = WEIGHTS, among = items): object[] =>
  among
    .map(({ item, provenance: { contentSha256 }, embeddings }) => {
      return { ...fuse(item.itemId, query, embeddings, weights), item, contentSha256 };
    })
    .sort(compareHits)
    .slice(0, topK);

describe.each([
  ['by index', { exact: false }],
  ['by full scan', { exact: true }],
])('a search %s', (_, mode: SearchOptions) => {
  test('finds the 10 best by the configured weights', async () => {
    expect(await search.byEmbedding(query, mode)).toEqual(best(10));
  });

  test.each([
    { clip: 1, dino: 0 },
    { clip: 0, dino: 1 },
    { clip: 0.2, dino: 0.8 },
  ])('finds the best by any weights: %p', async (weights) => {
    expect(await search.byEmbedding(query, { ...mode, weights, topK: 33 })).toEqual(best(33, weights));
  });

  test('weighs by the ratio of the weights', async () => {
    expect(await search.byEmbedding(query, { ...mode, weights: { clip: 3, dino: 1 } })).toEqual(best(10));
  });

  test('finds the best of those that pass a filter', async () => {
    const filter = parseMetadataFilter('price<20 and not brand=Cos');
    const passing = items.filter(({ item }) => isCheap(item) && item.brand === 'Zara');
    expect(await search.byEmbedding(query, { ...mode, filter })).toEqual(best(10, WEIGHTS, passing));
  });

  test('finds fewer when fewer pass a filter, or reach a score', async () => {
    const filter = parseMetadataFilter('title="Wool coat item-7"');
    expect(await search.byEmbedding(query, { ...mode, filter })).toMatchObject([{ itemId: 'item-7' }]);
    const [, , third] = await search.byEmbedding(query, mode);
    expect(await search.byEmbedding(query, { ...mode, minScore: third?.similarityScore })).toEqual(best(3));
  });

  test('leaves a stored item out of its own look-alikes', async () => {
    const results = await search.byId('item-8', { ...mode, topK: 4 });
    expect(results).toHaveLength(4);
    expect(results[0]).toMatchObject({ itemId: 'item-9', similarityScore: 1, clipScore: 1, dinoScore: 1 });
    expect(results.map(({ itemId }) => itemId)).not.toContain('item-8');
  });

  test('shows one of several copies, and as many hits as were asked for', async () => {
    const all = await search.byEmbedding(query, { ...mode, topK: 60 });
    const distinct = await search.byEmbedding(query, { ...mode, topK: 25, distinct: true });
    expect(distinct).toHaveLength(25);
    const copied = distinct.filter(({ copies }) => copies?.length === 1);
    expect(copied.length).toBeGreaterThan(0);
    // Every tenth is a copy of the one before it, and comes behind it or before it.
    const ids = distinct.flatMap(({ itemId, copies = [] }) => [itemId, ...copies]);
    expect(new Set(ids)).toEqual(new Set(all.slice(0, ids.length).map(({ itemId }) => itemId)));
    const scores = distinct.map(({ similarityScore }) => similarityScore);
    expect(new Set(scores).size).toBe(25);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test('leaves a stored item out of its own look-alikes where copies are folded, too', async () => {
    const [first, second] = await search.byId('item-8', { ...mode, topK: 4, distinct: true });
    expect(first).toMatchObject({ itemId: 'item-9', similarityScore: 1, copies: [] });
    expect(second?.similarityScore).toBeLessThan(1);
  });

  test('finds the best for several parts together', async () => {
    const [one = new Uint8Array(), other = new Uint8Array()] = [1, 2].map((seed) =>
      encodeFakeImage(sampleImage(4, 4, seed)),
    );
    const images = [one, other].map((bytes) => new FakeImageDecoder().decode(bytes));
    const [a, b] = await new HybridScorer({ clip: handle('clip'), dino: handle('dino') }, WEIGHTS).encodeDual(
      await Promise.all(images),
    );
    if (!a || !b) throw new RangeError('Nothing was encoded');
    const sum = (wanted: Float32Array, unwanted: Float32Array): Float32Array =>
      normalise(wanted.map((value, i) => 2 * value - (unwanted[i] ?? 0)));
    const together = { clip: sum(a.clip, b.clip), dino: sum(a.dino, b.dino) };
    const parts = [
      { bytes: one, weight: 2 },
      { bytes: other, weight: -1 },
    ];
    expect(await search.byParts(parts, mode)).toEqual(await search.byEmbedding(together, mode));
    const withText = await search.byParts([...parts, { text: 'red', weight: 1 }], mode);
    expect(withText).toHaveLength(10);
    expect(new Set(withText.map(({ dinoScore }) => dinoScore))).toEqual(new Set([null]));
  });

  test('finds the best for a text by CLIP vectors alone', async () => {
    const [vector = new Float32Array()] = await new FakeTextTower(DIMENSIONS.clip).encode(['red dress']);
    const expected = items
      .filter(({ item }) => isCheap(item))
      .map(({ item, embeddings }) => ({ itemId: item.itemId, similarityScore: dot(vector, embeddings.clip) }))
      .sort(compareHits)
      .slice(0, 7);
    const results = await search.byText('red dress', { ...mode, topK: 7, filter: parseMetadataFilter('price<20') });
    expect(results.map(({ itemId, similarityScore }) => ({ itemId, similarityScore }))).toEqual(expected);
    for (const { similarityScore, clipScore, dinoScore } of results) {
      expect({ clipScore, dinoScore }).toEqual({ clipScore: similarityScore, dinoScore: null });
    }
    const minScore = expected[2]?.similarityScore;
    expect(
      await search.byText('red dress', { ...mode, filter: parseMetadataFilter('price<20'), minScore }),
    ).toHaveLength(3);
    await expect(search.byText(' ', mode)).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  });

  test('finds nothing in an empty store, and no item that is not there', async () => {
    const empty = searchOver(new InMemoryVectorStore(DIMENSIONS));
    expect(await empty.byEmbedding(query, mode)).toEqual([]);
    await expect(empty.byId('item-8', mode)).rejects.toThrow(ItemNotFoundError);
  });
});

/** A killed process left halves of items, nearer than any item, of which each space shows its own. */
class StoreWithHalves extends InMemoryVectorStore {
  override async candidates(given: NeighbourQuery): Promise<ScoredId[]> {
    const halves = Array.from({ length: 40 }, (_, i) => ({ itemId: `half-${given.space}-${String(i)}`, score: 1 }));
    return [...halves, ...(await super.candidates(given))].slice(0, given.topK);
  }
}

describe('among halves of items', () => {
  test.each([WEIGHTS, { clip: 1, dino: 0 }])('a search finds items alone, by weights %p', async (weights) => {
    const store = new StoreWithHalves(DIMENSIONS);
    await store.upsert(items);
    expect(await searchOver(store).byEmbedding(query, { topK: 3, weights })).toEqual(best(3, weights));
    expect(await searchOver(store).byText('red dress', { topK: 3 })).toEqual(
      await search.byText('red dress', { topK: 3 }),
    );
  });

  test('a store of nothing else is as good as empty', async () => {
    const store = new StoreWithHalves(DIMENSIONS);
    expect(await searchOver(store).byEmbedding(query)).toEqual([]);
  });
});

/** As a store on another machine: nothing tells whether it has changed. */
class UntoldStore extends InMemoryVectorStore {
  override revision(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** As one whose fields have more values than can be named, too. */
class StoreOfManyValues extends UntoldStore {
  readonly asked: unknown[] = [];

  override distinctValues(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override candidates(given: NeighbourQuery): Promise<ScoredId[]> {
    this.asked.push(given.filter);
    return super.candidates(given);
  }
}

class StoreOfShortLists extends StoreOfManyValues {
  override readonly maxCandidates = 200;

  override candidates(given: NeighbourQuery): Promise<ScoredId[]> {
    return super.candidates({ ...given, topK: Math.min(given.topK, 200) });
  }
}

describe('a filter that no store compares by itself', () => {
  const BRANDS = ['Zara', 'ZARA', 'zara home', 'Cos', ''];
  /** So many that some conditions are met by more than are compared one by one. */
  const many = Array.from({ length: 6_500 }, (_, i): EmbeddedItem => {
    const scrapedAt = new Date(Date.UTC(2024, 0, 1 + (i % 200))).toISOString();
    const item = {
      title: `Coat no. ${String(i)}`,
      brand: BRANDS[i % 5] ?? '',
      price: i % 50,
      scrapedAt,
      sellerId: 'Ann',
    };
    return sampleItem(`item-${String(i)}`, DIMENSIONS, { item, seed: i });
  });
  const stores = {
    told: new InMemoryVectorStore(DIMENSIONS),
    named: new UntoldStore(DIMENSIONS),
    gone_through: new StoreOfManyValues(DIMENSIONS),
  };

  beforeEach(async () => {
    for (const store of Object.values(stores)) if ((await store.count()) === 0) await store.upsert(many);
  });

  test.each([
    ['brand=zara', 2_600],
    ['brand!=zara and price<10', 780],
    ['title~"NO. 12" and brand~zara', 67],
    ['scraped_at>=2024-05 and not brand=cos', 2_016],
    ['scraped_at=2024-01-15', 33],
    ['not title~7', 4_779],
    ['seller=ann and not title~1', 3_969],
    ['title~"no. 6499"', 1],
    ['title~silk', 0],
  ])('finds the best of what passes, however many those are: %s', async (text, count) => {
    const filter = parseMetadataFilter(text);
    const passing = many.filter((item) => matchesFilter(filter, item));
    expect(passing.length).toBe(count);
    for (const store of Object.values(stores)) {
      for (const weights of [WEIGHTS, { clip: 0, dino: 1 }]) {
        expect(await searchOver(store).byEmbedding(query, { filter, weights, topK: 12 })).toEqual(
          best(12, weights, passing),
        );
      }
      const exact = await searchOver(store).byText('red dress', { filter, topK: 7, exact: true });
      expect(await searchOver(store).byText('red dress', { filter, topK: 7 })).toEqual(exact);
    }
  });

  test('and that more pass than are compared one by one is put to the store by values', async () => {
    const filter = parseMetadataFilter('brand!=nobody');
    for (const store of [stores.told, stores.named]) {
      const search = searchOver(store);
      for (let time = 1; time <= 2; time++) {
        expect(await search.byEmbedding(query, { filter, topK: 4_000 })).toEqual(best(4_000, WEIGHTS, many));
      }
    }
  });

  test('is tested on the nearest items first, and only then put to the store as far as it can compare', async () => {
    const { asked } = stores.gone_through;
    const filter = parseMetadataFilter('title~o and seller==Ann');
    asked.length = 0;
    await searchOver(stores.gone_through).byEmbedding(query, { filter });
    expect(new Set(asked)).toEqual(new Set([undefined]));
    asked.length = 0;
    await searchOver(stores.gone_through).byEmbedding(query, { filter, topK: 4_000 });
    expect(asked[0]).toBeUndefined();
    expect(asked.at(-1)).toEqual({
      op: 'and',
      filters: [
        { op: 'and', filters: [] },
        { op: 'eq', field: 'sellerId', value: 'Ann' },
      ],
    });
  });

  test('gives fewer items than asked for with a warning where the store names too few at once', async () => {
    const store = new StoreOfShortLists(DIMENSIONS);
    await store.upsert(many);
    const options = { filter: parseMetadataFilter('title~o and seller==Ann'), topK: 300 };
    for (const find of ['byEmbedding', 'byText'] as const) {
      logger.events.length = 0;
      const found =
        find === 'byText'
          ? await searchOver(store).byText('red dress', options)
          : await searchOver(store).byEmbedding(query, { ...options, weights: { clip: 1, dino: 0 } });
      expect(found.length).toBeLessThan(300);
      expect(logger.events).toMatchObject([
        { level: 'warn', message: expect.stringContaining('200 neighbours at most') },
      ]);
    }
  });

  test('is found by what is stored when it is put, whatever was stored before', async () => {
    const store = new InMemoryVectorStore(DIMENSIONS);
    let listed = 0;
    const getAllIds = store.getAllIds.bind(store);
    store.getAllIds = () => {
      listed++;
      return getAllIds();
    };
    const found = searchOver(store);
    const idsOf = async (text: string): Promise<string[]> =>
      (await found.byEmbedding(query, { filter: parseMetadataFilter(text) })).map(({ itemId }) => itemId);
    await store.upsert(many.slice(0, 3_000));
    expect(await idsOf('title~"no. 2999"')).toEqual(['item-2999']);
    expect(await idsOf('title~"no. 2998" or title~"no. 2999"')).toHaveLength(2);
    expect(listed).toBe(1);
    await store.upsert(many.slice(3_000));
    expect(await idsOf('title~"no. 6499"')).toEqual(['item-6499']);
    await store.delete(['item-2999']);
    expect(await idsOf('title~"no. 2999"')).toEqual([]);
    expect(listed).toBe(3);
  });

  test.each(['told', 'named', 'gone_through'] as const)(
    'and meets nothing is told with the nearest value that is stored: %s',
    async (name) => {
      const hints = (text: string): Promise<unknown> => searchOver(stores[name]).hints(parseMetadataFilter(text));
      const zara = { field: 'brand', nearest: 'Zara', items: 2_600 };
      expect(await hints('brand=zaar')).toEqual([{ ...zara, operator: '=', asked: 'zaar' }]);
      expect(await hints('price<7 and brand==zAra')).toEqual([
        { ...zara, items: 1_300, operator: '==', asked: 'zAra' },
      ]);
      expect(await hints('brand in (gap, "zaraa")')).toEqual([{ ...zara, operator: '=', asked: 'zaraa' }]);
      expect(await hints('seller~bob or brand~homme')).toEqual([
        { field: 'seller', operator: '~', asked: 'bob', nearest: 'Ann', items: 6_500 },
        { field: 'brand', operator: '~', asked: 'homme', nearest: 'home', items: 1_300 },
      ]);
      expect(await hints('brand=zara and not brand=zaar and price<7 and scraped_at<2025')).toEqual([]);
      expect(await hints('title="coat no 6499"')).toEqual([
        { field: 'title', operator: '=', asked: 'coat no 6499', nearest: 'Coat no. 6499', items: 1 },
      ]);
      expect(await hints('price>=80.5 and scraped_at<=2023 or price in (-5, 99)')).toEqual([
        { field: 'price', operator: '>=', asked: '80.5', nearest: '49', items: 130 },
        { field: 'scraped_at', operator: '<', asked: '2024-01-01', nearest: '2024-01-01T00:00:00.000Z', items: 33 },
        { field: 'price', operator: '=', asked: '-5, 99', nearest: '1', items: 130 },
      ]);
      expect(await hints('scraped_at="2024-08-01T10:30" and source=references and price!=7')).toEqual([
        {
          field: 'scraped_at',
          operator: '=',
          asked: '2024-08-01T10:30:00',
          nearest: '2024-07-18T00:00:00.000Z',
          items: 32,
        },
        { field: 'source', operator: '=', asked: 'references', nearest: 'scraped', items: 6_500 },
      ]);
    },
  );
});
