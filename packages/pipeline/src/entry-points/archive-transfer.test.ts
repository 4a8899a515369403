import type { EmbeddedItem } from '@fashionmatch/domain';
import {
  collect,
  InMemoryEmbeddingJournal,
  InMemoryItemArchive,
  InMemoryVectorStore,
  sampleItem,
} from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { exportItems } from '../transfer/export-items.js';
import type { NamedEncoders } from '../transfer/archive-encoders.js';
import { importItems, type ImportReport } from '../transfer/import-items.js';
import { JournaledVectorStore } from '../journaled-vector-store.js';

const DIMENSIONS = { clip: 4, dino: 3 };
const ENCODERS = { clip: { id: 'clip-a', dimensions: 4 }, dino: { id: 'dino-a', dimensions: 3 } };

const IDS = { clip: 'clip-a', dino: 'dino-a' };

const hashAt = (index: number): string => index.toString(16).padStart(64, '0');

const sampleMany = (count: number): EmbeddedItem[] =>
  Array.from({ length: count }, (_, i) =>
    sampleItem(`item-${String(i).padStart(4, '0')}`, DIMENSIONS, { provenance: { contentSha256: hashAt(i) } }),
  );

/** A store with a journal, and the sizes of its upserts. */
function newStore() {
  const inner = new InMemoryVectorStore(DIMENSIONS);
  const journal = new InMemoryEmbeddingJournal();
  const store = new JournaledVectorStore(inner, journal, { clip: 'clip-a', dino: 'dino-a' });
  const upserts: number[] = [];
  const upsert = inner.upsert.bind(inner);
  inner.upsert = (items) => {
    upserts.push(items.length);
    return upsert(items);
  };
  return { store, journal, upserts };
}

async function filled(items: readonly EmbeddedItem[]): Promise<JournaledVectorStore> {
  const { store } = newStore();
  await store.upsert(items);
  return store;
}

async function archiveOf(items: readonly EmbeddedItem[]): Promise<InMemoryItemArchive> {
  const archive = new InMemoryItemArchive();
  await exportItems(await filled(items), archive, { encoders: ENCODERS });
  return archive;
}

async function importInto(
  store: JournaledVectorStore,
  archive: InMemoryItemArchive,
  { batchSize = 100, signal }: { batchSize?: number; signal?: AbortSignal } = {},
): Promise<ImportReport> {
  await using opened = await archive.open();
  return await importItems(store, opened, { encoders: ENCODERS, batchSize, signal });
}

const idsOf = (store: JournaledVectorStore): Promise<string[]> => collect(store.getAllIds()).then((ids) => ids.sort());

describe('export', () => {
  test('every item is in the archive, and what made its vectors', async () => {
    const items = sampleMany(2_300);
    const archive = new InMemoryItemArchive();
    const report = await exportItems(await filled(items), archive, { encoders: ENCODERS });
    expect(report).toEqual({ items: 2_300, failures: [] });
    expect(archive.rows.map((entry) => entry.kind === 'item' && entry.item)).toEqual(items);
    expect(archive.encoders).toEqual(ENCODERS);
  });

  test('vectors are those of the journal, where it has them: a store may round its own', async () => {
    const [item] = sampleMany(1);
    if (!item) throw new RangeError();
    const rounded = { clip: Float32Array.of(1, 0, 0, 0), dino: item.embeddings.dino };
    const journal = new InMemoryEmbeddingJournal();
    await journal.appendVectors([item], { clip: 'clip-a', dino: 'dino-b' });
    await journal.updateItems([item]);
    const archive = new InMemoryItemArchive();
    await exportItems(await filled([{ ...item, embeddings: rounded }]), archive, { encoders: ENCODERS, journal });
    expect(archive.rows).toMatchObject([{ item: { embeddings: { clip: item.embeddings.clip, dino: rounded.dino } } }]);
  });

  test('an empty store is none to export, and an archive that is there stays', async () => {
    const archive = await archiveOf(sampleMany(2));
    const writing = exportItems(newStore().store, archive, { encoders: ENCODERS, overwrite: true });
    await expect(writing).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(archive.rows).toHaveLength(2);
  });

  test('items that are no use to anyone are left out, and told', async () => {
    const [sound] = sampleMany(1);
    const foreign = sampleItem('foreign', DIMENSIONS, { provenance: { contentSha256: '' } });
    const torn = sampleItem('torn', DIMENSIONS);
    const store = new InMemoryVectorStore(DIMENSIONS);
    await store.upsert([sound, foreign, torn].filter((item) => item !== undefined));
    const getByIds = store.getByIds.bind(store);
    store.getByIds = async (ids) => {
      const items = await getByIds(ids);
      items.find(({ item }) => item.itemId === 'torn')?.embeddings.dino.fill(NaN);
      return items;
    };
    const archive = new InMemoryItemArchive();
    const { items, failures } = await exportItems(store, archive, { encoders: ENCODERS });
    expect(items).toBe(1);
    expect(failures).toMatchObject([
      { itemId: 'foreign', code: 'ITEM_INVALID', reason: expect.stringContaining('another program') },
      { itemId: 'torn', code: 'ITEM_INVALID', reason: expect.stringContaining('dino vector is damaged') },
    ]);
  });

  test('a store of which no item can be handed on leaves an archive that is there, and says why', async () => {
    const archive = await archiveOf(sampleMany(2));
    const store = new InMemoryVectorStore(DIMENSIONS);
    await store.upsert(
      ['a', 'b'].map((itemId) => sampleItem(itemId, DIMENSIONS, { provenance: { contentSha256: '' } })),
    );
    const writing = exportItems(store, archive, { encoders: ENCODERS, overwrite: true });
    await expect(writing).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^No stored item .* nothing was written: another program .*`fashionmatch embed`/),
    });
    expect(archive.rows).toHaveLength(2);
  });

  test('stopped, it writes nothing', async () => {
    const stop = new AbortController();
    stop.abort();
    const archive = new InMemoryItemArchive();
    const writing = exportItems(await filled(sampleMany(1)), archive, { encoders: ENCODERS, signal: stop.signal });
    await expect(writing).rejects.toBe(stop.signal.reason);
    expect(await archive.existing()).toEqual([]);
  });
});

describe('import', () => {
  test('a fresh store has the same items, vectors to the last bit; so has its journal', async () => {
    const items = sampleMany(250);
    const { store, journal, upserts } = newStore();
    const report = await importInto(store, await archiveOf(items));
    expect(report).toEqual({ newItems: 250, replacedItems: 0, comparedItems: 0, encodedItems: 0, failures: [] });
    expect(await store.getByIds(items.map(({ item }) => item.itemId))).toEqual(items);
    expect(upserts).toEqual([100, 100, 50]);
    expect((await journal.getVectors('clip-a', [hashAt(7)])).get(hashAt(7))).toEqual(items[7]?.embeddings.clip);
    expect(await journal.size()).toMatchObject({ items: 250, vectors: 500 });
  });

  test('what is stored already is replaced, and counted apart', async () => {
    const [first, second, third] = sampleMany(3);
    if (!first || !second || !third) throw new RangeError();
    const { store } = newStore();
    await store.upsert([{ ...first, item: { ...first.item, title: 'Before' } }]);
    const report = await importInto(store, await archiveOf([first, second, third]));
    expect(report).toMatchObject({ newItems: 2, replacedItems: 1 });
    expect(await store.getByIds([first.item.itemId])).toEqual([first]);
  });

  test('bad rows, a second row of one id and what the store refuses are failures; all others are stored', async () => {
    const archive = await archiveOf(sampleMany(4));
    const [, , , last] = archive.rows;
    if (last?.kind !== 'item') throw new RangeError();
    const { item, ...rest } = last.item;
    archive.rows[1] = { kind: 'fault', row: 2, itemId: 'bad', reason: 'price: no number' };
    archive.rows.push(
      { ...last, row: 5 },
      { kind: 'item', row: 6, item: { ...rest, item: { ...item, itemId: 'bell\u0007' } } },
    );
    const { store } = newStore();
    expect(await importInto(store, archive, { batchSize: 2 })).toEqual({
      newItems: 3,
      replacedItems: 0,
      comparedItems: 0,
      encodedItems: 0,
      failures: [
        { itemId: 'bad', row: 2, code: 'ITEM_INVALID', reason: 'price: no number' },
        { itemId: 'item-0003', row: 5, code: 'ITEM_INVALID', reason: expect.stringContaining('second time') },
        { itemId: 'bell', row: 6, code: 'STORE_REFUSED', reason: expect.stringContaining('control character') },
      ],
    });
    expect(await idsOf(store)).toEqual(['item-0000', 'item-0002', 'item-0003']);
  });

  test.each([
    [
      'another model',
      { ...ENCODERS, clip: { id: 'clip-b', dimensions: 4 } },
      ['clip-a', 'clip-b', 'models.clip_model'],
    ],
    ['other dimensions', { ...ENCODERS, dino: { id: 'dino-a', dimensions: 5 } }, ['3 dimensions', '5 dimensions']],
  ])('%s made its vectors: nothing is stored', async (_, encoders, words) => {
    const archive = await archiveOf(sampleMany(2));
    archive.encoders = encoders;
    const { store, journal } = newStore();
    const importing = importInto(store, archive);
    await expect(importing).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    for (const word of words) await expect(importing).rejects.toThrow(word);
    expect(await store.count()).toBe(0);
    expect(await journal.size()).toMatchObject({ vectors: 0 });
  });

  test.each([
    ['nobody says what made its vectors', undefined, {}, ['--clip-encoder', 'clip-a is configured', '--encoders-as']],
    ['only of one space it is said', undefined, { clip: 'clip-a' }, ['--dino-encoder']],
    ['it says something else than its user', ENCODERS, { dino: 'dino-b' }, ['says itself that dino-a', 'not dino-b']],
  ])('%s: nothing is stored, and what is needed is told', async (_, encoders, named, words) => {
    const { store } = newStore();
    const opened = { ...(await (await archiveOf(sampleMany(2))).open()), encoders };
    const importing = importItems(store, opened, { encoders: ENCODERS, batchSize: 10, named });
    await expect(importing).rejects.toMatchObject({ code: 'USAGE_INVALID' });
    for (const word of words) await expect(importing).rejects.toThrow(word);
    expect(await store.count()).toBe(0);
  });

  test('what its user says made its vectors is compared, the name of a model too', async () => {
    const encoders = { ...ENCODERS, clip: { id: 'openai/clip@d1518#fp32:sha256=01', dimensions: 4 } };
    const importing = async (named: NamedEncoders): Promise<ImportReport> => {
      const opened = { ...(await (await archiveOf(sampleMany(2))).open()), encoders: undefined };
      return await importItems(newStore().store, opened, { encoders, batchSize: 10, named });
    };
    expect(await importing({ clip: 'openai/clip', dino: 'dino-a' })).toMatchObject({ newItems: 2 });
    expect(await importing({ clip: encoders.clip.id, dino: 'dino-a' })).toMatchObject({ newItems: 2 });
    for (const clip of ['openai/clip-large', 'openai', '']) {
      await expect(importing({ clip, dino: 'dino-a' })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    }
  });

  test('an item without a content hash, or a vector, is a failure where its image is not here', async () => {
    const [first, second, third] = sampleMany(3);
    if (!first || !second || !third) throw new RangeError();
    const archive = await archiveOf([first, second, third]);
    archive.rows[0] = {
      kind: 'item',
      row: 1,
      item: { ...first, provenance: { ...first.provenance, contentSha256: '' } },
    };
    archive.rows[1] = {
      kind: 'item',
      row: 2,
      item: { ...second, embeddings: { ...second.embeddings, dino: undefined } },
    };
    const { store } = newStore();
    expect(await importInto(store, archive)).toMatchObject({
      newItems: 1,
      failures: [
        { itemId: 'item-0000', row: 1, code: 'ITEM_INVALID', reason: expect.stringContaining('fm_content_sha256') },
        { itemId: 'item-0001', row: 2, code: 'ITEM_INVALID', reason: 'it has no dino vector' },
      ],
    });
    expect(await idsOf(store)).toEqual(['item-0002']);
  });

  test('vectors of images that were encoded here are compared with those, and the ones made here stay', async () => {
    const [first, second] = sampleMany(2);
    if (!first || !second) throw new RangeError();
    const swapped = { ...first, embeddings: { ...first.embeddings, clip: Float32Array.of(0, 0, 0, -1) } };
    const near = {
      ...second,
      embeddings: { ...second.embeddings, dino: second.embeddings.dino.map((x, i) => (i === 0 ? x + 1e-5 : x)) },
    };
    const { journal } = newStore();
    await journal.appendVectors([first, second], { clip: 'clip-a', dino: 'dino-a' });
    await journal.updateItems([first, second]);
    const store = new JournaledVectorStore(new InMemoryVectorStore(DIMENSIONS), journal, IDS, 'imported');
    const importing = async (check: boolean): Promise<ImportReport> => {
      const archive = await archiveOf([swapped, near]);
      return await importItems(store, await archive.open(), { encoders: ENCODERS, batchSize: 1, journal, check });
    };
    await expect(importing(false)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/^Nothing was imported .*item-0000 \(row 1\), its clip vector .*cosine/),
    });
    expect(await store.count()).toBe(0);
    expect(await importing(true)).toMatchObject({
      newItems: 1,
      comparedItems: 2,
      failures: [{ itemId: 'item-0000', row: 1 }],
    });
    expect(await store.getByIds(['item-0001'])).toEqual([second]);
    expect(await journal.getImported('clip-a', [hashAt(0), hashAt(1)])).toEqual(new Set());
  });

  test('what an import brings is marked as that', async () => {
    const { journal } = newStore();
    const store = new JournaledVectorStore(new InMemoryVectorStore(DIMENSIONS), journal, IDS, 'imported');
    await importInto(store, await archiveOf(sampleMany(2)));
    expect(await journal.getImported('dino-a', [hashAt(0), hashAt(1), hashAt(2)])).toEqual(
      new Set([hashAt(0), hashAt(1)]),
    );
  });

  test('stopped, it keeps the batches that it has stored', async () => {
    const stop = new AbortController();
    const { store } = newStore();
    const filterStored = store.filterStored.bind(store);
    store.filterStored = (ids) => {
      stop.abort();
      return filterStored(ids);
    };
    const report = await importInto(store, await archiveOf(sampleMany(30)), { batchSize: 10, signal: stop.signal });
    expect(report.newItems).toBe(10);
    expect(await store.count()).toBe(10);
  });
});
