import { describe, expect, jest, test } from '@jest/globals';
import { FashionMatchError, ItemError, type ItemCode, type SourceEntry, type SourceItem } from '@fashionmatch/domain';
import {
  collect,
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryItemSource,
  InMemoryVectorStore,
  RecordingLogger,
  RecordingProgressReporter,
  sampleImage,
} from '@fashionmatch/domain/testing';

import { dryRun } from '../embedding/dry-run.js';
import { EmbeddingPipeline } from './embedding-pipeline.js';
import { SourceUnreadableError } from '../embedding/process-options.js';
import { HybridScorer, openedHandle } from '../hybrid-scorer.js';
import { parseConfig } from '../config/load-config.js';

const DIMENSIONS = { clip: 12, dino: 6 };

const photo = (seed: number): Uint8Array => encodeFakeImage(sampleImage(20, 30, seed));

/** A pipeline in which everything outside is a fake that can be looked at and changed. */
function setUp() {
  const references = new InMemoryItemSource('references');
  const scraped = new InMemoryItemSource('scraped');
  const store = new InMemoryVectorStore(DIMENSIONS);
  const encoders = { clip: new FakeImageEncoder(DIMENSIONS.clip), dino: new FakeImageEncoder(DIMENSIONS.dino) };
  const journal = new InMemoryEmbeddingJournal();
  const logger = new RecordingLogger();
  const progress = new RecordingProgressReporter();
  const pipeline = new EmbeddingPipeline({
    config: parseConfig({ models: { batch_size: 3 } }),
    scorer: new HybridScorer(
      { clip: openedHandle(encoders.clip), dino: openedHandle(encoders.dino) },
      { clip: 0.6, dino: 0.4 },
    ),
    decoder: new FakeImageDecoder(),
    vectorStore: store,
    journal,
    sources: {
      references: () => references,
      scraped: () => scraped,
      readImage: () => Promise.reject(new ItemError('IMAGE_MISSING', 'no such file')),
    },
    logger,
    progress,
    decodeConcurrency: 2,
  });
  const encoded = (): number => {
    expect(encoders.clip.encodedImages).toBe(encoders.dino.encodedImages);
    return encoders.clip.encodedImages;
  };
  const listing = (id: string, path: string, bytes: Uint8Array, title = 'Coat', price = 10): SourceItem => {
    const [base] = [scraped.add(path, bytes, { itemId: id, recognisedBy: 'id' })];
    return replaceEntry(scraped, base, { metadata: { ...base.metadata, title, price } });
  };
  return { pipeline, references, scraped, store, journal, encoded, logger, progress, listing };
}

function replaceEntry(source: InMemoryItemSource, entry: SourceItem, changes: Partial<SourceItem>): SourceItem {
  const changed = { ...entry, ...changes };
  source.entries[source.entries.indexOf(entry)] = changed;
  return changed;
}

function addMany(source: InMemoryItemSource, count: number): SourceItem[] {
  return Array.from({ length: count }, (_, i) => source.add(`/photos/${String(i)}.jpg`, photo(i)));
}

describe('a first run', () => {
  test('embeds every image, and counts them', async () => {
    const { pipeline, references, store, encoded } = setUp();
    addMany(references, 10);
    const stats = await pipeline.processReferences();
    expect(stats).toMatchObject({
      source: 'references',
      totalItems: 10,
      processedItems: 10,
      skippedItems: 0,
      failedItems: 0,
    });
    expect(await store.count()).toBe(10);
    expect(encoded()).toBe(10);
  });

  test('records a bad image with stage and reason, and goes on', async () => {
    const { pipeline, references, store } = setUp();
    addMany(references, 4);
    references.add('/photos/broken.jpg', new TextEncoder().encode('not an image'));
    const gone = references.add('/photos/gone.jpg', photo(99));
    references.images.delete(gone.file.path);
    references.entries.push({
      kind: 'fault',
      failure: {
        itemId: 'pipe',
        source: 'references',
        stage: 'discover',
        code: 'IMAGE_UNREADABLE',
        reason: 'a pipe',
        path: '/p',
      },
    });
    const stats = await pipeline.processReferences();
    expect(stats).toMatchObject({ totalItems: 7, processedItems: 4, failedItems: 3 });
    expect([...stats.failedIds].sort()).toEqual(['pipe', 'ref_/photos/broken.jpg', 'ref_/photos/gone.jpg']);
    expect(pipeline.failures.map(({ stage, code }) => [stage, code]).sort()).toEqual([
      ['decode', 'IMAGE_INVALID'],
      ['decode', 'IMAGE_MISSING'],
      ['discover', 'IMAGE_UNREADABLE'],
    ]);
    expect(await store.count()).toBe(4);
  });

  test('tells once, in log and result, what the listing passed over; nothing of it counts as an item', async () => {
    const { pipeline, references, logger } = setUp();
    addMany(references, 2);
    references.leftOut.push({ path: '/photos/notes.txt', kind: 'file', reason: 'not_an_image' });
    references.leftOut.push({ path: '/photos/@eaDir', kind: 'folder', reason: 'ignored' });
    const stats = await pipeline.processReferences({ prune: 'some' });
    expect(stats).toMatchObject({ totalItems: 2, processedItems: 2 });
    expect(stats.leftOut).toEqual([
      { kind: 'file', extension: '.txt', reason: 'not_an_image', count: 1, example: '/photos/notes.txt' },
      { kind: 'folder', extension: '', reason: 'ignored', count: 1, example: '/photos/@eaDir' },
    ]);
    expect(logger.events.filter(({ message }) => message.startsWith('Left out'))).toMatchObject([
      { message: 'Left out of references: 1 .txt (not an image), 1 folder (ignored)' },
    ]);
  });

  test('gives one image in two files two ids and one encoding', async () => {
    const { pipeline, references, store, encoded, progress } = setUp();
    references.add('/a.jpg', photo(1));
    references.add('/b.jpg', photo(1));
    references.add('/c.jpg', photo(1));
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 3, failedItems: 0 });
    expect(encoded()).toBe(1);
    expect(progress.events.filter(({ type }) => type === 'duplicate-found')).toEqual(
      ['b', 'c'].map((name) => ({
        type: 'duplicate-found',
        source: 'references',
        itemId: `ref_/${name}.jpg`,
        path: `/${name}.jpg`,
        duplicateOf: 'ref_/a.jpg',
      })),
    );
    const stored = await store.getByIds(['ref_/a.jpg', 'ref_/b.jpg', 'ref_/c.jpg']);
    expect(stored).toHaveLength(3);
    expect(stored[2]?.embeddings).toEqual(stored[0]?.embeddings);
  });

  test('gives two files with one proposed id two ids', async () => {
    const { pipeline, references, store } = setUp();
    references.add('/a/look.jpg', photo(1), { itemId: 'ref_look_20260131T094501123Z' });
    references.add('/b/look.jpg', photo(2), { itemId: 'ref_look_20260131T094501123Z' });
    await pipeline.processReferences();
    const ids = (await collect(store.getAllIds())).sort();
    expect(ids[0]).toBe('ref_look_20260131T094501123Z');
    expect(ids[1]).toMatch(/^ref_look_20260131T094501123Z_[0-9a-f]{8}$/);
  });
});

describe('a second run', () => {
  test('of the same folder opens no file and encodes nothing', async () => {
    const { pipeline, references, encoded } = setUp();
    addMany(references, 7);
    await pipeline.processReferences();
    references.images.clear();
    expect(await pipeline.processReferences()).toMatchObject({
      totalItems: 7,
      processedItems: 0,
      skippedItems: 7,
      failedItems: 0,
    });
    expect(encoded()).toBe(7);
  });

  test('takes up only what is new', async () => {
    const { pipeline, references, encoded } = setUp();
    addMany(references, 5);
    await pipeline.processReferences();
    references.add('/photos/new.jpg', photo(50));
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, skippedItems: 5 });
    expect(encoded()).toBe(6);
  });

  test('a touched file is read, not encoded, and known by its new time afterwards', async () => {
    const { pipeline, references, encoded, store } = setUp();
    const [entry] = addMany(references, 3);
    if (!entry) throw new Error('no entry');
    await pipeline.processReferences();
    replaceEntry(references, entry, { file: { ...entry.file, mtimeMs: 5 }, itemId: 'ref_other' });
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 0, skippedItems: 3, failedItems: 0 });
    expect(encoded()).toBe(3);
    expect((await store.getByIds([entry.itemId]))[0]?.provenance.fileMtimeMs).toBe(5);
    references.images.clear();
    expect(await pipeline.processReferences()).toMatchObject({ skippedItems: 3, failedItems: 0 });
  });

  test('an edited file keeps its id and gets new vectors', async () => {
    const { pipeline, references, encoded, store } = setUp();
    const [entry] = addMany(references, 3);
    if (!entry) throw new Error('no entry');
    await pipeline.processReferences();
    const before = (await store.getByIds([entry.itemId]))[0]?.embeddings;
    references.images.set(entry.file.path, photo(77));
    replaceEntry(references, entry, { file: { ...entry.file, mtimeMs: 9 }, itemId: 'ref_other' });
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, skippedItems: 2 });
    expect(encoded()).toBe(4);
    expect(await store.count()).toBe(3);
    expect((await store.getByIds([entry.itemId]))[0]?.embeddings).not.toEqual(before);
  });

  test('a moved file keeps its id without an encoding', async () => {
    const { pipeline, references, encoded, store } = setUp();
    const [entry] = addMany(references, 3);
    if (!entry) throw new Error('no entry');
    await pipeline.processReferences();
    references.entries.splice(0, 1);
    references.images.delete(entry.file.path);
    references.add('/elsewhere/x.jpg', photo(0));
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, skippedItems: 2 });
    expect(encoded()).toBe(3);
    expect(await store.count()).toBe(3);
    expect((await store.getByIds([entry.itemId]))[0]?.provenance.filePath).toBe('/elsewhere/x.jpg');
  });

  test('a copied file is a new item with the same vectors', async () => {
    const { pipeline, references, encoded, store } = setUp();
    addMany(references, 3);
    await pipeline.processReferences();
    references.add('/copy.jpg', photo(0));
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, skippedItems: 3 });
    expect(encoded()).toBe(3);
    expect(await store.count()).toBe(4);
  });

  test('a new price is written without an encoding', async () => {
    const { pipeline, scraped, listing, encoded, store } = setUp();
    const first = listing('42', '/b1/42.jpg', photo(1));
    listing('43', '/b1/43.jpg', photo(2));
    await pipeline.processScrapedBatches();
    replaceEntry(scraped, first, { metadata: { ...first.metadata, price: 7 } });
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, skippedItems: 1 });
    expect(encoded()).toBe(2);
    expect((await store.getByIds(['42']))[0]?.item.price).toBe(7);
  });

  test('a listing that was stored without its seller gets it, and counts as skipped', async () => {
    const { pipeline, scraped, listing, encoded, store } = setUp();
    const listed = listing('42', '/b1/42.jpg', photo(1));
    let entry = listed;
    const sold = (sellerId: string): void => {
      entry = replaceEntry(scraped, entry, { metadata: { ...listed.metadata, sellerId } });
    };
    await pipeline.processScrapedBatches();
    sold('anna_92');
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 0, skippedItems: 1 });
    expect((await store.getByIds(['42']))[0]?.item.sellerId).toBe('anna_92');
    sold('bob');
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, skippedItems: 0 });
    expect(encoded()).toBe(1);
  });

  test('a text that cannot be stored any more is one failure, and the others are written', async () => {
    const { pipeline, scraped, store, journal, listing, progress } = setUp();
    const [first, second] = ['a', 'b'].map((id, seed) => listing(id, `/scraped/${id}.jpg`, photo(seed)));
    await pipeline.processScrapedBatches();
    const change = (entry: SourceItem | undefined, changes: Partial<SourceItem['metadata']>): void => {
      if (entry) replaceEntry(scraped, entry, { metadata: { ...entry.metadata, ...changes } });
    };
    change(first, { title: 'x'.repeat(20_000) });
    change(second, { description: 'y'.repeat(20_000) });
    const stats = await pipeline.processScrapedBatches();
    expect(stats).toMatchObject({ processedItems: 1, failedItems: 1, failedIds: ['a'] });
    const failures = progress.events.flatMap((event) => (event.type === 'item-failed' ? [event.failure] : []));
    expect(failures).toEqual([expect.objectContaining({ itemId: 'a', stage: 'store', code: 'STORE_REFUSED' })]);
    expect(failures[0]?.reason).toMatch(/^title: is longer than/);
    expect((await store.getByIds(['a', 'b'])).map(({ item }) => item.title)).toEqual(['Coat', 'Coat']);
    expect((await store.getByIds(['b']))[0]?.item.description).toBe(`${'y'.repeat(16_383)}…`);
    expect((await journal.getItemsByIds(['a']))[0]?.item.title).toBe('Coat');
    expect(await pipeline.processScrapedBatches()).toMatchObject({ skippedItems: 1, failedItems: 1 });
  });

  test('a stored listing whose image is gone is skipped', async () => {
    const { pipeline, scraped, listing } = setUp();
    const entry = listing('42', '/b1/42.jpg', photo(1));
    await pipeline.processScrapedBatches();
    const failure = {
      itemId: '42',
      source: 'scraped',
      stage: 'discover',
      code: 'IMAGE_MISSING',
      reason: 'gone',
      path: '',
    } as const;
    scraped.entries[scraped.entries.indexOf(entry)] = { kind: 'fault', failure };
    expect(await pipeline.processScrapedBatches()).toMatchObject({ skippedItems: 1, failedItems: 0 });
  });
});

describe('listings with one photo', () => {
  test.each([
    ['in one batch', 0],
    ['in batches that follow each other', 3],
    ['far apart', 11],
  ])('are all stored by the run that encodes it, %s', async (_, between) => {
    const { pipeline, listing, store, encoded } = setUp();
    listing('first', '/b/first.jpg', photo(1), 'First');
    for (let i = 0; i < between; i++) listing(`other${String(i)}`, `/b/${String(i)}.jpg`, photo(100 + i));
    listing('second', '/b/second.jpg', photo(1), 'Second');
    listing('third', '/b/third.jpg', photo(1), 'Third');
    const all = 3 + between;
    expect(await pipeline.processScrapedBatches()).toMatchObject({ totalItems: all, processedItems: all });
    expect(encoded()).toBe(1 + between);
    const [first, second, third] = await store.getByIds(['first', 'second', 'third']);
    expect([second?.item.title, third?.item.title]).toEqual(['Second', 'Third']);
    expect([second?.embeddings, third?.embeddings]).toEqual([first?.embeddings, first?.embeddings]);
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 0, skippedItems: all });
  });

  test('are stored when a reference image is that photo, too', async () => {
    const { pipeline, references, listing, store, encoded } = setUp();
    references.add('/photos/own.jpg', photo(1));
    listing('first', '/b/first.jpg', photo(1));
    listing('second', '/b/second.jpg', photo(1));
    expect(await pipeline.processAll()).toMatchObject({
      references: { processedItems: 1 },
      scraped: { processedItems: 2, skippedItems: 0 },
    });
    expect(encoded()).toBe(1);
    expect((await collect(store.getAllIds())).sort()).toEqual(['first', 'ref_/photos/own.jpg', 'second']);
  });

  test('are stored in their newest form, though that had to wait and an older one had not', async () => {
    const { pipeline, listing, store } = setUp();
    listing('first', '/new/first.jpg', photo(1));
    listing('second', '/new/second.jpg', photo(1), 'New');
    listing('second', '/old/second.jpg', photo(2), 'Old');
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 2, skippedItems: 1 });
    expect((await store.getByIds(['second']))[0]?.item.title).toBe('New');
  });

  test('are stored when the first of them is not', async () => {
    const { pipeline, listing, store, encoded } = setUp();
    for (const id of ['first', 'second', 'third']) listing(id, `/b/${id}.jpg`, photo(1));
    const upsert = store.upsert.bind(store);
    store.upsert = async (items) => {
      const taken = items.filter(({ item }) => item.itemId !== 'first');
      const failures = taken.length < items.length ? [{ itemId: 'first', reason: 'refused' }] : [];
      return { ...(await upsert(taken)), failures };
    };
    expect(await pipeline.processScrapedBatches()).toMatchObject({
      processedItems: 2,
      skippedItems: 0,
      failedItems: 1,
    });
    expect((await collect(store.getAllIds())).sort()).toEqual(['second', 'third']);
    expect(encoded()).toBe(1);
  });

  test('fail one by one when it cannot be decoded', async () => {
    const { pipeline, listing } = setUp();
    for (const id of ['first', 'second']) listing(id, `/b/${id}.jpg`, new Uint8Array(9));
    expect(await pipeline.processScrapedBatches()).toMatchObject({ totalItems: 2, failedItems: 2 });
    expect([...pipeline.failures].map(({ itemId }) => itemId).sort()).toEqual(['first', 'second']);
  });
});

describe('a listing with several images', () => {
  const broken = (text: string): Uint8Array => new TextEncoder().encode(text);

  /** One whose images are broken, missing and good. */
  function setUpSeveral() {
    const parts = setUp();
    const third = { ...parts.listing('1', '/3.jpg', photo(1)) };
    const second = parts.scraped.addNext(parts.listing('1', '/2.jpg', broken('gone')), '/3.jpg', photo(1));
    parts.scraped.images.delete('/2.jpg');
    const first = { ...parts.listing('1', '/1.jpg', broken('damaged')), next: () => Promise.resolve(second) };
    parts.scraped.entries.splice(0, Infinity, first);
    return { ...parts, first, second, third };
  }

  test('is stored with the first that can be decoded, and what was passed over is told', async () => {
    const { pipeline, store, progress, encoded } = setUpSeveral();
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, failedItems: 0, totalItems: 1 });
    const [stored] = await collect(store.listItems());
    expect(stored).toMatchObject({ item: { itemId: '1' }, provenance: { filePath: '/3.jpg' } });
    expect(encoded()).toBe(1);
    const told = progress.events.flatMap((event) => (event.type === 'image-passed-over' ? [event.failure] : []));
    expect(told.map(({ itemId, code, path }) => [itemId, code, path])).toEqual([
      ['1', 'IMAGE_INVALID', '/1.jpg'],
      ['1', 'IMAGE_MISSING', '/2.jpg'],
    ]);
  });

  test('is skipped by the next run, and takes its first image when that was mended', async () => {
    const { pipeline, scraped, store, first, encoded } = setUpSeveral();
    await pipeline.processScrapedBatches();
    expect(await pipeline.processScrapedBatches()).toMatchObject({
      processedItems: 0,
      skippedItems: 1,
      failedItems: 0,
    });
    scraped.images.set(first.file.path, photo(2));
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, skippedItems: 0 });
    expect(encoded()).toBe(2);
    expect(await collect(store.listItems())).toMatchObject([{ provenance: { filePath: '/1.jpg' } }]);
  });

  test('is counted once by a limit', async () => {
    const { pipeline, store, listing } = setUpSeveral();
    listing('2', '/other.jpg', photo(5));
    expect(await pipeline.processScrapedBatches({ limit: 2 })).toMatchObject({ processedItems: 2, remainingItems: 0 });
    expect(await store.count()).toBe(2);
  });

  test('fails with what is wrong with its first image when none can be used', async () => {
    const { pipeline, scraped, store } = setUpSeveral();
    scraped.images.delete('/3.jpg');
    expect(await pipeline.processScrapedBatches()).toMatchObject({
      processedItems: 0,
      failedItems: 1,
      remainingItems: 0,
    });
    expect(pipeline.failures).toMatchObject([{ itemId: '1', code: 'IMAGE_INVALID', path: '/1.jpg', stage: 'decode' }]);
    expect(await store.count()).toBe(0);
  });
});

describe('a listing that cannot be used', () => {
  const faultOf = (itemId: string, code: ItemCode): SourceEntry => ({
    kind: 'fault',
    failure: { itemId, source: 'scraped', stage: 'discover', code, reason: 'wrong', path: '/b' },
  });

  test.each(['LISTING_INVALID', 'PATH_FORBIDDEN', 'IMAGE_UNREADABLE', 'BATCH_INVALID'] as const)(
    'is a failure every time, %s, though its item is stored',
    async (code) => {
      const { pipeline, scraped, listing } = setUp();
      listing('42', '/b/42.jpg', photo(1));
      await pipeline.processScrapedBatches();
      scraped.entries.splice(0, 1, faultOf('42', code));
      for (let run = 0; run < 2; run++) {
        expect(await pipeline.processScrapedBatches()).toMatchObject({ skippedItems: 0, failedIds: ['42'] });
      }
    },
  );

  test.each([true, false])('is stood in for by an older one that can be read; item stored: %p', async (isStored) => {
    const { pipeline, scraped, listing, store } = setUp();
    const older = listing('42', '/b/42.jpg', photo(1), 'Coat', 10);
    if (isStored) await pipeline.processScrapedBatches();
    replaceEntry(scraped, older, { metadata: { ...older.metadata, price: 7 } });
    scraped.entries.unshift(faultOf('42', 'LISTING_INVALID'));
    expect(await pipeline.processScrapedBatches()).toMatchObject({ totalItems: 2, processedItems: 1, failedItems: 1 });
    expect((await store.getByIds(['42']))[0]?.item.price).toBe(7);
  });

  test.each(['LISTING_INVALID', 'IMAGE_MISSING'] as const)(
    'does not matter when a newer one can be read: %s',
    async (code) => {
      const { pipeline, scraped, listing } = setUp();
      listing('42', '/b/42.jpg', photo(1));
      scraped.entries.push(faultOf('42', code));
      expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, skippedItems: 1 });
    },
  );

  test('a batch that cannot be read is told, though a listing has the name of its file as its id', async () => {
    const { pipeline, scraped, listing } = setUp();
    listing('42', '/b/42.jpg', photo(1));
    scraped.entries.push(faultOf('42', 'BATCH_INVALID'));
    expect(await pipeline.processScrapedBatches()).toMatchObject({ processedItems: 1, failedItems: 1 });
  });
});

test('a listing in two batches is stored once, the newest winning', async () => {
  const { pipeline, listing, store } = setUp();
  listing('42', '/new/42.jpg', photo(1), 'New title', 5);
  listing('42', '/old/42.jpg', photo(2), 'Old title', 10);
  expect(await pipeline.processScrapedBatches()).toMatchObject({ totalItems: 2, processedItems: 1, skippedItems: 1 });
  expect((await store.getByIds(['42']))[0]?.item).toMatchObject({ title: 'New title', price: 5 });
});

test('an image that fails leaves its twins to be encoded', async () => {
  const { pipeline, references, store } = setUp();
  references.add('/a.jpg', photo(1));
  references.add('/b.jpg', photo(1));
  const upsert = store.upsert.bind(store);
  store.upsert = async (items) => {
    const taken = items.filter(({ item }) => item.itemId !== 'ref_/a.jpg');
    const failures = taken.length < items.length ? [{ itemId: 'ref_/a.jpg', reason: 'refused' }] : [];
    return { ...(await upsert(taken)), failures };
  };
  expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, failedItems: 1 });
  expect(pipeline.failures).toMatchObject([{ stage: 'store', code: 'STORE_REFUSED', itemId: 'ref_/a.jpg' }]);
  expect(await collect(store.getAllIds())).toEqual(['ref_/b.jpg']);
});

test('an aborted run stores what it had, and the next one finishes', async () => {
  const { pipeline, references, store, encoded } = setUp();
  addMany(references, 20);
  const stop = new AbortController();
  const upsert = store.upsert.bind(store);
  store.upsert = (items) => {
    stop.abort();
    return upsert(items);
  };
  const stopped = await pipeline.processReferences({ signal: stop.signal });
  expect(stopped.processedItems).toBeGreaterThan(0);
  expect(stopped.processedItems).toBeLessThan(20);
  expect(await store.count()).toBe(stopped.processedItems);
  expect(stopped).toMatchObject({ totalItems: 20, remainingItems: 20 - stopped.processedItems });
  store.upsert = upsert;
  expect(await pipeline.processReferences()).toMatchObject({ totalItems: 20, skippedItems: stopped.processedItems });
  expect(await store.count()).toBe(20);
  expect(encoded()).toBeLessThanOrEqual(20 + 2 * 3);
});

test('processAll works through one source when the other cannot be read, and says so', async () => {
  const { pipeline, references, scraped, store } = setUp();
  addMany(references, 2);
  scraped.list = () => {
    throw new FashionMatchError('SOURCE_UNREADABLE', 'data/scraped does not exist.');
  };
  const error: unknown = await pipeline.processAll().catch((thrown: unknown) => thrown);
  if (!(error instanceof SourceUnreadableError)) throw error;
  expect(error.message).toContain('data/scraped');
  expect(error.results.references).toMatchObject({ processedItems: 2 });
  expect(await store.count()).toBe(2);
});

test('progress has an honest total, and every entry advances it', async () => {
  const { pipeline, references, progress } = setUp();
  addMany(references, 8);
  references.add('/photos/broken.jpg', new Uint8Array(3));
  await pipeline.processReferences();
  expect(progress.events.find((event) => event.type === 'planned')).toEqual({
    type: 'planned',
    source: 'references',
    total: 9,
    work: 9,
  });
  const advanced = progress.events.reduce((sum, event) => sum + (event.type === 'advanced' ? event.items : 0), 0);
  expect(advanced).toBe(9);
});

test('encodeAndStoreBatch embeds a choice of entries', async () => {
  const { pipeline, references, store } = setUp();
  const chosen = addMany(references, 6).slice(2, 4);
  expect(await pipeline.encodeAndStoreBatch(chosen, references)).toMatchObject({ totalItems: 2, processedItems: 2 });
  expect(await store.count()).toBe(2);
});

test.each([0, 1025, 2.5])('refuses a batch size of %p', async (batchSize) => {
  const { pipeline } = setUp();
  await expect(pipeline.processReferences({ batchSize })).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});

describe('the journal', () => {
  test('fills a cleared store again without an encoding, under the same ids', async () => {
    const { pipeline, references, store, encoded } = setUp();
    const [entry] = addMany(references, 6);
    if (!entry) throw new Error('no entry');
    await pipeline.processReferences();
    const before = new Set(await collect(store.getAllIds()));
    await pipeline.vectorStore.clear();
    replaceEntry(references, entry, { file: { ...entry.file, mtimeMs: 5 }, itemId: 'ref_other' });
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 6, failedItems: 0 });
    expect(encoded()).toBe(6);
    expect(new Set(await collect(store.getAllIds()))).toEqual(before);
  });

  test('a store that fails in the middle costs no encoding later', async () => {
    const { pipeline, references, store, encoded } = setUp();
    addMany(references, 3);
    const upsert = store.upsert.bind(store);
    store.upsert = () => Promise.reject(new FashionMatchError('STORE_UNREACHABLE', 'gone'));
    await expect(pipeline.processReferences()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    store.upsert = upsert;
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 3 });
    expect(encoded()).toBe(3);
  });

  test('an edit whose storing failed is not taken for stored', async () => {
    const { pipeline, references, store, encoded } = setUp();
    const [entry] = addMany(references, 1);
    if (!entry) throw new Error('no entry');
    await pipeline.processReferences();
    references.images.set(entry.file.path, photo(77));
    replaceEntry(references, entry, { file: { ...entry.file, mtimeMs: 9 } });
    const upsert = store.upsert.bind(store);
    store.upsert = () => Promise.reject(new FashionMatchError('STORE_UNREACHABLE', 'gone'));
    await expect(pipeline.processReferences()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    store.upsert = upsert;
    const before = (await store.getByIds([entry.itemId]))[0]?.embeddings;
    expect(await pipeline.processReferences()).toMatchObject({ processedItems: 1, skippedItems: 0 });
    expect((await store.getByIds([entry.itemId]))[0]?.embeddings).not.toEqual(before);
    expect(encoded()).toBe(2);
  });

  test('items that the store has and the journal has not are known all the same, and told to the journal', async () => {
    const { pipeline, references, journal } = setUp();
    addMany(references, 4);
    await pipeline.processReferences();
    const journaled = new Set(await collect(journal.getItems()));
    await journal.remove([...journaled].map(({ item }) => item.itemId));
    expect(await pipeline.processReferences()).toMatchObject({ skippedItems: 4, processedItems: 0 });
    expect(new Set(await collect(journal.getItems()))).toEqual(journaled);
    expect(await journal.compact()).toBe(0);
  });
});

describe('a run with bounds', () => {
  test('stops after so many new items, over both sources', async () => {
    const { pipeline, references, listing, store } = setUp();
    addMany(references, 6);
    for (const id of ['a', 'b', 'c']) listing(id, `/b/${id}.jpg`, photo(id.charCodeAt(0)));
    const first = await pipeline.processAll({ limit: 4 });
    expect(first).toMatchObject({ references: { processedItems: 4 }, scraped: { processedItems: 0 } });
    const second = await pipeline.processAll({ limit: 4 });
    expect(second).toMatchObject({
      references: { processedItems: 2, skippedItems: 4 },
      scraped: { processedItems: 2 },
    });
    expect(await store.count()).toBe(8);
  });

  test('says what it found, and what it leaves for the next one', async () => {
    const { pipeline, references, scraped, listing, logger } = setUp();
    addMany(references, 6);
    await pipeline.processReferences({ limit: 2 });
    for (const id of ['a', 'b', 'c']) listing(id, `/b/${id}.jpg`, photo(id.charCodeAt(0)));
    // What is stored already stands behind what is not: it does not remain to be done.
    references.entries.reverse();
    expect(await pipeline.processAll({ limit: 3 })).toMatchObject({
      references: { totalItems: 6, processedItems: 3, skippedItems: 2, remainingItems: 1 },
      scraped: { totalItems: 3, processedItems: 0, skippedItems: 0, remainingItems: 3 },
    });
    const remaining = logger.events.filter(({ level }) => level === 'warn').map(({ fields }) => fields['remaining']);
    expect(remaining).toEqual([4, 1, 3]);
    expect(await pipeline.processAll({ limit: 4 })).toMatchObject({
      references: { totalItems: 6, processedItems: 1, skippedItems: 5, remainingItems: 0 },
      scraped: { totalItems: 3, processedItems: 3, remainingItems: 0 },
    });
    expect(logger.events.filter(({ level }) => level === 'warn')).toHaveLength(3);
    scraped.entries.splice(0);
    expect(await pipeline.processScrapedBatches({ limit: 0 })).toMatchObject({ totalItems: 0, remainingItems: 0 });
  });

  test('that wait for the same image remain, when the limit comes first', async () => {
    const { pipeline, listing } = setUp();
    for (const id of ['a', 'b', 'c']) listing(id, `/b/${id}.jpg`, photo(1));
    expect(await pipeline.processScrapedBatches({ limit: 2 })).toMatchObject({
      totalItems: 3,
      processedItems: 2,
      remainingItems: 1,
    });
  });

  test('has the whole listing as its total, also when too much fails', async () => {
    const { pipeline, references, progress } = setUp();
    addMany(references, 2);
    for (let i = 1; i < 9; i++) references.add(`/broken/${String(i)}.jpg`, new Uint8Array(i));
    await expect(pipeline.processReferences({ maxFailures: 0 })).rejects.toMatchObject({ code: 'TOO_MANY_FAILURES' });
    const finished = progress.events.find((event) => event.type === 'source-finished');
    if (finished?.type !== 'source-finished') throw new Error('The source was not finished');
    const { totalItems, processedItems, skippedItems, failedItems, remainingItems } = finished.stats;
    expect(totalItems).toBe(10);
    expect(processedItems + skippedItems + failedItems + (remainingItems ?? NaN)).toBe(10);
    expect(remainingItems).toBeGreaterThan(0);
  });

  test.each([2, { share: 0.2 }])('stops when more than %p fail, and keeps what was stored', async (maxFailures) => {
    const { pipeline, references } = setUp();
    addMany(references, 6);
    for (const i of [1, 2, 3, 4]) references.add(`/broken/${i}.jpg`, new Uint8Array(i));
    await expect(pipeline.processReferences({ maxFailures })).rejects.toMatchObject({ code: 'TOO_MANY_FAILURES' });
    expect(await pipeline.processReferences({ maxFailures: 4 })).toMatchObject({ failedItems: 4 });
  });

  test('works through only the entries it is told', async () => {
    const { pipeline, references, store } = setUp();
    addMany(references, 6);
    const only = (entry: SourceEntry): boolean => entry.kind === 'item' && entry.file.path === '/photos/3.jpg';
    expect(await pipeline.processReferences({ only })).toMatchObject({ totalItems: 1, processedItems: 1 });
    expect(await collect(store.getAllIds())).toEqual(['ref_/photos/3.jpg']);
  });
});

describe('pruning', () => {
  test('removes what is gone from store and journal, and nothing else', async () => {
    const { pipeline, references, scraped, listing, store, journal } = setUp();
    addMany(references, 4);
    listing('a', '/b/a.jpg', photo(50));
    listing('b', '/b/b.jpg', photo(51));
    listing('c', '/b/c.jpg', photo(52));
    await pipeline.processAll();
    references.images.delete('/photos/0.jpg');
    references.entries.splice(0, 1);
    scraped.entries.splice(1, 1);
    await pipeline.processAll();
    expect(await store.count()).toBe(7);
    expect(await pipeline.processAll({ prune: 'some' })).toMatchObject({
      references: { removedIds: ['ref_/photos/0.jpg'] },
      scraped: { removedIds: ['b'] },
    });
    expect(await pipeline.processReferences({ prune: 'some' })).toMatchObject({ removedIds: [] });
    expect((await pipeline.processReferences()).removedIds).toBeUndefined();
    const left = (await collect(store.getAllIds())).sort();
    expect(left).toEqual(['a', 'c', 'ref_/photos/1.jpg', 'ref_/photos/2.jpg', 'ref_/photos/3.jpg']);
    expect((await collect(journal.getItems())).map(({ item }) => item.itemId).sort()).toEqual(left);
  });

  test('a file that is there is never pruned, though another folder was listed', async () => {
    const { pipeline, references, store } = setUp();
    addMany(references, 4);
    await pipeline.processReferences();
    references.entries.splice(1);
    await pipeline.processReferences({ prune: 'some' });
    expect(await store.count()).toBe(4);
  });

  test('refuses when nothing is listed, when most would go, and when a batch cannot be read', async () => {
    const { pipeline, references, scraped, listing, store } = setUp();
    const entries = addMany(references, 4);
    listing('a', '/b/a.jpg', photo(50));
    await pipeline.processAll();
    for (const { file } of entries.slice(1)) references.images.delete(file.path);
    references.entries.splice(1);
    await expect(pipeline.processReferences({ prune: 'some' })).rejects.toThrow('3 of 4 stored items would go');
    references.entries.splice(0);
    await expect(pipeline.processReferences({ prune: 'most' })).rejects.toThrow('it lists nothing');
    const failure = {
      itemId: 'batch',
      source: 'scraped',
      stage: 'discover',
      code: 'BATCH_INVALID',
      reason: 'torn',
      path: '/b',
    } as const;
    scraped.entries.splice(0, 1, { kind: 'fault', failure });
    await expect(pipeline.processScrapedBatches({ prune: 'most' })).rejects.toThrow('cannot be read');
    expect(await store.count()).toBe(5);
  });

  test('most may go when that is allowed', async () => {
    const { pipeline, references, store } = setUp();
    const entries = addMany(references, 4);
    await pipeline.processReferences();
    for (const { file } of entries.slice(1)) references.images.delete(file.path);
    references.entries.splice(1);
    await pipeline.processReferences({ prune: 'most' });
    expect(await collect(store.getAllIds())).toEqual(['ref_/photos/0.jpg']);
  });
});

test('a rehash finds other content behind the same size and time, and leaves the rest alone', async () => {
  const { pipeline, references, store, journal, encoded } = setUp();
  const [edited] = addMany(references, 3);
  if (!edited) throw new Error('no entries');
  await pipeline.processReferences();
  const before = await collect(store.getAllIds());
  references.images.set(edited.file.path, photo(77));
  expect(await pipeline.processReferences()).toMatchObject({ processedItems: 0, skippedItems: 3 });
  const encoderIds = { clip: pipeline.scorer.handles.clip.id, dino: pipeline.scorer.handles.dino.id };
  const planned = await collect(dryRun(references, { vectorStore: store, journal, encoderIds }, { rehash: true }));
  expect(planned.map(({ action, reason }) => [action, reason])).toEqual([
    ['encode', 'changed'],
    ['skip', 'unchanged'],
    ['skip', 'unchanged'],
  ]);
  const upsert = jest.spyOn(store, 'upsert');
  const updateMetadata = jest.spyOn(store, 'updateMetadata');
  expect(await pipeline.processReferences({ rehash: true })).toMatchObject({ processedItems: 1, skippedItems: 2 });
  expect([upsert.mock.calls.flat(), updateMetadata.mock.calls]).toMatchObject([[{ length: 1 }], []]);
  expect(encoded()).toBe(4);
  expect(await collect(store.getAllIds())).toEqual(before);
});

test('nothing is pruned from batches of which a pattern left some out', async () => {
  const { pipeline, scraped, listing, store } = setUp();
  ['a', 'b', 'c'].forEach((id, seed) => listing(id, `/batches/${id}.jpg`, photo(seed)));
  await pipeline.processScrapedBatches();
  scraped.entries.splice(0, 1);
  scraped.leftOut.push({ path: '/batches/batch_1', kind: 'folder', reason: 'excluded' });
  await expect(pipeline.processScrapedBatches({ prune: 'most' })).rejects.toThrow(
    /scraped.*1 of its files and folders/,
  );
  expect(await store.count()).toBe(3);
});

test('a dry run says what a run then does, and touches nothing', async () => {
  const { pipeline, references, store, journal, encoded } = setUp();
  const [edited, unchanged] = addMany(references, 3);
  if (!edited || !unchanged) throw new Error('no entries');
  await pipeline.processReferences();
  replaceEntry(references, edited, { file: { ...edited.file, mtimeMs: 9 } });
  references.images.set(edited.file.path, photo(77));
  references.entries.splice(2, 1);
  references.images.delete('/photos/2.jpg');
  references.add('/copy.jpg', photo(1));
  references.add('/new.jpg', photo(60));
  references.add('/twin.jpg', photo(60));
  references.add('/unreadable.jpg', photo(61));
  references.images.delete('/unreadable.jpg');
  const encoderIds = { clip: pipeline.scorer.handles.clip.id, dino: pipeline.scorer.handles.dino.id };
  const planned = await collect(dryRun(references, { vectorStore: store, journal, encoderIds }));
  expect(planned.map(({ path, action, reason }) => [path, action, reason])).toEqual([
    ['/photos/0.jpg', 'encode', 'changed'],
    ['/photos/1.jpg', 'skip', 'unchanged'],
    ['/copy.jpg', 'copy', 'duplicate'],
    ['/new.jpg', 'encode', 'new'],
    ['/twin.jpg', 'copy', 'duplicate'],
    ['/unreadable.jpg', 'fail', 'IMAGE_MISSING'],
    ['/photos/2.jpg', 'vanish', 'gone'],
  ]);
  const pruned = await collect(dryRun(references, { vectorStore: store, journal, encoderIds }, { prune: 'some' }));
  expect(pruned.filter(({ reason }) => reason === 'gone').map(({ path, action }) => [path, action])).toEqual([
    ['/photos/2.jpg', 'remove'],
  ]);
  const nothing = new InMemoryItemSource('references');
  await expect(
    collect(dryRun(nothing, { vectorStore: store, journal, encoderIds }, { prune: 'most' })),
  ).rejects.toThrow('it lists nothing');
  expect(await store.count()).toBe(3);
  expect(encoded()).toBe(3);
  expect(await pipeline.processReferences()).toMatchObject({ processedItems: 4, skippedItems: 1, failedItems: 1 });
  expect(encoded()).toBe(5);
});
