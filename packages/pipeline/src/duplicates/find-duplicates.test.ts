import { normalise, type EmbeddedItem, type FashionItem } from '@fashionmatch/domain';
import { InMemoryVectorStore, randomEmbedding, sampleItem, seededRandom } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { findDuplicates, type DuplicateGroup } from './find-duplicates.js';

const DIMENSIONS = { clip: 16, dino: 12 };
const THRESHOLDS = { clip: 0.95, dino: 0.95 };

/** An item with a picture of its own, or a copy of one. */
function itemOf(
  itemId: string,
  picture: number,
  { copy = '', ...item }: Partial<FashionItem> & { copy?: string } = {},
) {
  const embedding = randomEmbedding(DIMENSIONS, seededRandom(picture));
  const random = seededRandom(picture + 1_000);
  const moved = (vector: Float32Array): Float32Array => normalise(vector.map((value) => value + 0.02 * random()));
  const made = sampleItem(itemId, DIMENSIONS, {
    item: { price: 0, sellerId: '', ...item },
    provenance: { contentSha256: `${String(picture).padStart(8, '0')}${copy}`.padEnd(64, '0') },
  });
  const embeddings = copy === '' ? embedding : { clip: moved(embedding.clip), dino: moved(embedding.dino) };
  return { ...made, embeddings };
}

async function groupsOf(items: readonly EmbeddedItem[], thresholds = THRESHOLDS): Promise<object[]> {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(items);
  const { groups } = await findDuplicates(store, { thresholds });
  return groups.map(({ kind, isRelist, items }: DuplicateGroup) => {
    return { kind, isRelist, ids: items.map(({ item, isExact }) => `${item.itemId}${isExact ? '' : '~'}`) };
  });
}

describe('findDuplicates', () => {
  test('groups items with one content, and contents that are copies', async () => {
    const items = [
      ...[
        itemOf('a', 1),
        itemOf('b', 2),
        itemOf('c', 1),
        itemOf('d', 3),
        itemOf('e', 3, { copy: 'f' }),
        itemOf('f', 3),
      ],
      ...[itemOf('g', 4), itemOf('h', 5)],
    ];
    expect(await groupsOf(items)).toEqual([
      { kind: 'near', isRelist: false, ids: ['d', 'f', 'e~'] },
      { kind: 'exact', isRelist: false, ids: ['a', 'c'] },
    ]);
    expect(await groupsOf(items, { clip: 0.99999, dino: 0.99999 })).toEqual([
      { kind: 'exact', isRelist: false, ids: ['a', 'c'] },
      { kind: 'exact', isRelist: false, ids: ['d', 'f'] },
    ]);
  });

  test('says which are offered again', async () => {
    const offers = (...items: (Partial<FashionItem> & { copy?: string })[]) =>
      groupsOf(items.map((item, i) => itemOf(String(i), 1, item)));
    const relist = (isRelist: boolean): object => ({ isRelist });
    expect(await offers({ sellerId: 'ann' }, { sellerId: 'bob', copy: 'f' })).toMatchObject([relist(true)]);
    expect(await offers({ price: 5 }, { price: 7 })).toMatchObject([relist(true)]);
    expect(await offers({ price: 5, currency: 'EUR' }, { price: 5, currency: 'PLN' })).toMatchObject([relist(true)]);
    expect(await offers({ price: 5, sellerId: 'ann' }, { price: 5, sellerId: 'ann' })).toMatchObject([relist(false)]);
    expect(await offers({ price: 5, sellerId: 'ann' }, {})).toMatchObject([relist(false)]);
  });

  test('does not take items without a content hash for one', async () => {
    const [a, b] = [itemOf('a', 1), itemOf('b', 2)].map((one) => {
      return { ...one, provenance: { ...one.provenance, contentSha256: '' } };
    });
    expect(await groupsOf([a, b].flatMap((one) => one ?? []))).toEqual([]);
  });

  test('counts what it read, tells the lowest scores, and stops when it is told to', async () => {
    const store = new InMemoryVectorStore(DIMENSIONS);
    await store.upsert([itemOf('a', 1), itemOf('b', 1, { copy: 'f' }), itemOf('c', 2), itemOf('d', 2)]);
    const { items, contents, groups } = await findDuplicates(store, { thresholds: THRESHOLDS });
    expect({ items, contents }).toEqual({ items: 4, contents: 3 });
    const near = groups.find(({ kind }) => kind === 'near');
    expect(near?.lowest?.clip).toBeGreaterThan(0.95);
    expect(near?.lowest?.clip).toBeLessThan(1);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(findDuplicates(store, { thresholds: THRESHOLDS, signal })).rejects.toThrow('stopped');
  });
});
