import { ItemError, type EmbeddedItem, type ImageFile, type StoredItem } from '@fashionmatch/domain';
import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryStoreHalf,
  RecordingLogger,
  sampleImage,
  sampleItem,
} from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { sha256Of } from '../embedding/content-hash.js';
import { HybridScorer, openedHandle } from '../hybrid-scorer.js';
import { adoptItems } from './adopt-items.js';
import { compareSample } from './sample-comparison.js';
import type { StoreToAdopt } from './store-to-adopt.js';

const DIMENSIONS = { clip: 12, dino: 6 };
const UNKNOWN = { fileSize: 0, fileMtimeMs: 0, contentSha256: '' };

/** A foreign store of `count` items, half of them reference looks, and their files. */
async function setUp(count = 6) {
  const halves = { clip: new InMemoryStoreHalf('looks_clip', 12), dino: new InMemoryStoreHalf('looks_dino', 6) };
  const encoders = { clip: new FakeImageEncoder(12), dino: new FakeImageEncoder(6) };
  const scorer = new HybridScorer(
    { clip: openedHandle(encoders.clip), dino: openedHandle(encoders.dino) },
    { clip: 0.6, dino: 0.4 },
  );
  const decoder = new FakeImageDecoder();
  const journal = new InMemoryEmbeddingJournal();
  const files = new Map<string, Uint8Array>();
  const items: EmbeddedItem[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = encodeFakeImage(sampleImage(6, 6, i));
    files.set(`/photos/${String(i)}.jpg`, bytes);
    const [embeddings] = await scorer.encodeDual([await decoder.decode(bytes)]);
    const source = i % 2 === 0 ? ('references' as const) : ('scraped' as const);
    const provenance = { ...UNKNOWN, source, filePath: `photos/${String(i)}.jpg` };
    items.push({ ...sampleItem(`item-${String(i)}`, DIMENSIONS, { provenance }), ...(embeddings && { embeddings }) });
  }
  for (const space of ['clip', 'dino'] as const) {
    await halves[space].replace();
    await halves[space].put(
      items.map(({ item, provenance, embeddings }) => ({ stored: { item, provenance }, vector: embeddings[space] })),
    );
    halves[space].isForeign = true;
  }
  const readImage = (path: string): Promise<Uint8Array> => {
    const bytes = files.get(path);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist'));
  };
  const findImage = ({ provenance }: StoredItem): Promise<ImageFile | undefined> => {
    const path = `/${provenance.filePath}`;
    const size = files.get(path)?.length;
    return Promise.resolve(size === undefined ? undefined : { path, size, mtimeMs: 17 });
  };
  encoders.clip.encodedImages = 0;
  const adopted: StoreToAdopt = {
    store: {
      halves,
      journal,
      encoders: scorer.handles,
      fileExists: () => Promise.resolve(true),
      logger: new RecordingLogger(),
    },
    tools: { readImage, decoder, scorer, batchSize: 2, decodeConcurrency: 2 },
    findImage,
  };
  return { adopted, halves, journal, files, items, encoded: () => encoders.clip.encodedImages };
}

const ALL = { size: 20, minCosine: 0.999 };
const WRITE = { write: true, total: 6 };

test('a sample is encoded, of both sources, and agrees', async () => {
  const { adopted, encoded } = await setUp(40);
  const comparison = await compareSample(adopted, { ...ALL, size: 4 });
  expect(encoded()).toBe(4);
  expect(comparison).toMatchObject({ total: 40, items: 4 });
  expect(comparison.spaces.clip.min).toBeCloseTo(1, 6);
  expect(comparison.spaces.dino.median).toBeCloseTo(1, 6);
});

test('a sample is of both sources even where one has hardly any', async () => {
  const { adopted, halves, items } = await setUp(40);
  const few = items.filter(({ provenance }, i) => provenance.source === 'references' && i > 2);
  for (const space of ['clip', 'dino'] as const) await halves[space].delete(few.map(({ item }) => item.itemId));
  const found: string[] = [];
  const { findImage } = adopted;
  await compareSample({ ...adopted, findImage }, { ...ALL, size: 4 });
  const { readImage } = adopted.tools;
  const tools = { ...adopted.tools, readImage: (path: string) => (found.push(path), readImage(path)) };
  await compareSample({ ...adopted, tools }, { ...ALL, size: 4 });
  expect(found.filter((path) => ['/photos/0.jpg', '/photos/2.jpg'].includes(path))).toHaveLength(2);
  expect(found).toHaveLength(4);
});

test('vectors of another model are refused, with the figures and the likely cause', async () => {
  const { adopted, halves, items } = await setUp();
  const flipped = items.map(({ item, provenance, embeddings }) => ({
    stored: { item, provenance },
    vector: embeddings.dino.map((value, i) => (i % 2 === 0 ? -value : value)),
  }));
  await halves.dino.put(flipped);
  const refused = compareSample(adopted, ALL);
  await expect(refused).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
  await expect(refused).rejects.toThrow(/looks_dino .* 6 that .* median cosine is -?0\.\d{4} .* models\.dino_model/);
});

test('one image that has changed since is told from another model', async () => {
  const { adopted, files } = await setUp();
  files.set('/photos/3.jpg', encodeFakeImage({ width: 6, height: 6, data: new Uint8Array(108).fill(255, 0, 36) }));
  const refused = compareSample(adopted, ALL);
  await expect(refused).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
  await expect(refused).rejects.toThrow('Most agree');
  await expect(compareSample(adopted, { ...ALL, minCosine: -1 })).resolves.toMatchObject({ items: 6 });
});

test('without an image there is nothing to tell by', async () => {
  const { adopted, files } = await setUp();
  files.clear();
  const refused = compareSample(adopted, ALL);
  await expect(refused).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  await expect(refused).rejects.toThrow('--root');
});

test('what its image is stands beside each item afterwards, and vectors are in the journal', async () => {
  const { adopted, halves, journal, files, items } = await setUp();
  files.delete('/photos/5.jpg');
  await halves.dino.delete(['item-4']);
  const report = await adoptItems(adopted, WRITE);
  expect(report).toEqual({
    adopted: 5,
    withoutImage: ['item-5'],
    failures: [{ itemId: 'item-4', reason: 'it has no dino vector' }],
  });
  const hash = await sha256Of(files.get('/photos/0.jpg') ?? new Uint8Array());
  for (const space of ['clip', 'dino'] as const) {
    const [row] = await halves[space].getRows(['item-0']);
    expect(row?.vector).toEqual(items[0]?.embeddings[space]);
    expect(row?.stored).toEqual({
      item: items[0]?.item,
      provenance: {
        source: 'references',
        filePath: '/photos/0.jpg',
        fileSize: 120,
        fileMtimeMs: 17,
        contentSha256: hash,
      },
    });
    const id = adopted.store.encoders[space].id;
    expect((await journal.getVectors(id, [hash])).get(hash)).toEqual(items[0]?.embeddings[space]);
    expect(await journal.getImported(id, [hash])).toEqual(new Set([hash]));
  }
  expect((await journal.getItemsByIds(['item-5']))[0]?.provenance).toMatchObject(UNKNOWN);
});

test('documents that another program wrote stay, and rows without one get ours', async () => {
  const { adopted, halves } = await setUp();
  for (const [itemId, document] of [
    ['item-0', 'Theirs'],
    ['item-1', ''],
  ] as const) {
    // prettier-ignore
    const [row] = await halves.clip.getRows([itemId]);
    if (row) halves.clip.rows?.set(itemId, { ...row, document });
  }
  await adoptItems(adopted, WRITE);
  const documents = (await halves.clip.getRows(['item-0', 'item-1'])).map(({ document }) => document);
  expect(documents).toEqual(['Theirs', expect.stringContaining('item-1')]);
});

test('what cannot be stored as it is, is told once, by a dry run too', async () => {
  const { adopted, halves, journal } = await setUp();
  for (const space of ['clip', 'dino'] as const) {
    const [row] = await halves[space].getRows(['item-2']);
    if (row?.stored) {
      const stored = { ...row.stored, item: { ...row.stored.item, itemId: '' } };
      halves[space].rows?.set('', { ...row, itemId: '', stored });
    }
  }
  const failures = [{ itemId: '', reason: 'the id is empty' }];
  expect(await adoptItems(adopted, { ...WRITE, write: false })).toMatchObject({ adopted: 6, failures });
  expect(await adoptItems(adopted, WRITE)).toMatchObject({ adopted: 6, failures });
  expect(await journal.size()).toMatchObject({ items: 6 });
});

test('a dry run says the same, and writes nothing', async () => {
  const { adopted, halves, journal, files } = await setUp();
  files.delete('/photos/5.jpg');
  const before = await halves.clip.getRows(['item-0', 'item-5']);
  const report = await adoptItems(adopted, { ...WRITE, write: false });
  expect(report).toEqual({ adopted: 6, withoutImage: ['item-5'], failures: [] });
  expect(await halves.clip.getRows(['item-0', 'item-5'])).toEqual(before);
  expect(await journal.size()).toMatchObject({ items: 0, vectors: 0 });
});

test('what was written before an interruption is neither looked for nor read again', async () => {
  const { adopted } = await setUp();
  await adoptItems(adopted, WRITE);
  const tools = { ...adopted.tools, readImage: () => Promise.reject(new Error('read again')) };
  const findImage = () => Promise.reject(new Error('looked for again'));
  expect(await adoptItems({ ...adopted, tools, findImage }, WRITE)).toMatchObject({
    adopted: 6,
    withoutImage: [],
    failures: [],
  });
  await expect(adoptItems(adopted, { ...WRITE, signal: AbortSignal.abort() })).rejects.toThrow();
});
