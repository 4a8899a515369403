import { documentOf, ItemError, StoreBusyError, VectorStoreError, type EmbeddedItem } from '@fashionmatch/domain';
import {
  collect,
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryStoreHalf,
  RecordingLogger,
  sampleImage,
  sampleItem,
} from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { sha256Of } from '../embedding/content-hash.js';
import { HybridScorer, openedHandle } from '../hybrid-scorer.js';
import type { Removal, RepairOptions } from '../verification/store-repair.js';
import { StoreVerification, type RepairOutcome } from './store-verification.js';
import { isInStep, type StoreSurvey } from '../verification/survey-tally.js';

const DIMENSIONS = { clip: 12, dino: 6 };
const ENCODER_IDS = { clip: 'fake-12', dino: 'fake-6' };

const photo = (seed: number): Uint8Array => encodeFakeImage(sampleImage(6, 6, seed));

/** A store of `count` items, whole and journaled, all parts of which can be looked at and spoilt. */
async function setUp({ count = 5, journaled = true }: { count?: number; journaled?: boolean } = {}) {
  const halves = { clip: new InMemoryStoreHalf('looks_clip', 12), dino: new InMemoryStoreHalf('looks_dino', 6) };
  const journal = new InMemoryEmbeddingJournal();
  const logger = new RecordingLogger();
  const encoders = { clip: new FakeImageEncoder(12), dino: new FakeImageEncoder(6) };
  const scorer = new HybridScorer(
    { clip: openedHandle(encoders.clip), dino: openedHandle(encoders.dino) },
    { clip: 0.6, dino: 0.4 },
  );
  const decoder = new FakeImageDecoder();
  const files = new Map<string, Uint8Array>();
  const readImage = (path: string): Promise<Uint8Array> => {
    const bytes = files.get(path);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist'));
  };
  const items: EmbeddedItem[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = photo(i);
    const filePath = `/photos/${String(i)}.jpg`;
    files.set(filePath, bytes);
    const [embeddings] = await scorer.encodeDual([await decoder.decode(bytes)]);
    const contentSha256 = await sha256Of(bytes);
    const sample = sampleItem(`item-${String(i)}`, DIMENSIONS, { provenance: { filePath, contentSha256 } });
    items.push({ ...sample, ...(embeddings && { embeddings }) });
  }
  if (count > 0) {
    for (const space of ['clip', 'dino'] as const) {
      await halves[space].replace();
      await halves[space].put(items.map((item) => ({ stored: storedOf(item), vector: item.embeddings[space] })));
    }
  }
  if (journaled) {
    await journal.appendVectors(items, ENCODER_IDS);
    await journal.updateItems(items);
  }
  encoders.clip.encodedImages = 0;

  const fileExists = (path: string): Promise<boolean> => Promise.resolve(files.has(path));
  const verification = new StoreVerification({
    store: { halves, journal, encoders: scorer.handles, fileExists, logger },
    tools: { readImage, decoder, scorer, batchSize: 2, decodeConcurrency: 2 },
    keepsJournal: true,
  });
  const repair = async (options: Partial<RepairOptions> = {}): Promise<RepairOutcome> => {
    const confirmRemoval = (removal: Removal): Promise<void> =>
      Promise.reject(new Error(`Nothing was to be removed, but ${JSON.stringify(removal)}`));
    return verification.repair(await verification.survey(), { confirmRemoval, ...options });
  };
  /** Both halves have exactly these items, with the vectors and metadata they were made with. */
  const expectWhole = async (expected: readonly EmbeddedItem[] = items): Promise<void> => {
    for (const space of ['clip', 'dino'] as const) {
      const rows = [...(halves[space].rows ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
      expect(rows).toEqual(
        expected.map((item) => ({
          itemId: item.item.itemId,
          vector: item.embeddings[space],
          stored: storedOf(item),
          document: documentOf(item.item),
          outdated: false,
        })),
      );
    }
    expect(isInStep(await verification.survey())).toBe(true);
  };
  const encoded = (): number => encoders.clip.encodedImages;
  return { halves, journal, files, items, verification, repair, expectWhole, encoded, logger };
}

const storedOf = ({ item, provenance }: EmbeddedItem): Pick<EmbeddedItem, 'item' | 'provenance'> => ({
  item,
  provenance,
});

/** Replaces what one half has of an item. */
function spoil(half: InMemoryStoreHalf, itemId: string, changes: object): void {
  const row = half.rows?.get(itemId);
  if (row === undefined) throw new Error(`${half.name} has no ${itemId}`);
  half.rows?.set(itemId, { ...row, ...changes });
}

const torn = (): VectorStoreError => new VectorStoreError('STORE_FAILED', 'Error finding id');
const crash = (): VectorStoreError => new VectorStoreError('STORE_UNREACHABLE', 'no connection');

test('what an earlier version wrote in another form is no drift, and a repair brings it into today\u2019s', async () => {
  const { halves, verification, repair, expectWhole } = await setUp();
  spoil(halves.clip, 'item-1', { outdated: true });
  spoil(halves.dino, 'item-1', { outdated: true });
  spoil(halves.dino, 'item-3', { outdated: true });
  const survey = await verification.survey();
  expect(isInStep(survey)).toBe(true);
  expect([...survey.outdatedIds]).toEqual(['item-1', 'item-3']);
  expect(await repair()).toMatchObject({ refreshed: 2, mended: 0, rebuilt: [] });
  await expectWhole();
  expect(await repair()).toMatchObject({ refreshed: 0 });
});

describe('a survey', () => {
  test('of a whole store finds nothing', async () => {
    const { verification } = await setUp();
    const survey = await verification.survey();
    expect(isInStep(survey)).toBe(true);
    expect(survey).toMatchObject({ items: 5, faultCounts: {}, missingFileCount: 0, onlyInJournal: 0 });
    expect(survey.halves.clip).toEqual({ name: 'looks_clip', state: 'sound', reason: '', rows: 5 });
  });

  test('of a store that nothing was ever put in finds nothing', async () => {
    const { verification } = await setUp({ count: 0 });
    const survey = await verification.survey();
    expect(isInStep(survey)).toBe(true);
    expect(survey.halves.clip.state).toBe('missing');
  });

  test('names the half that cannot be read, and still reads the other', async () => {
    const { halves, verification } = await setUp();
    halves.clip.damage = torn();
    halves.dino.rows?.delete('item-3');
    const survey = await verification.survey();
    expect(survey.halves).toMatchObject({
      clip: { state: 'unreadable', reason: 'Error finding id' },
      dino: { state: 'sound', rows: 4 },
    });
    // Nobody can tell whether it was stored, so that it must not be lost.
    expect(survey.faultCounts).toEqual({ lost: 1 });
    expect(isInStep(survey)).toBe(false);
  });

  test('names the half that its server dies of', async () => {
    const { halves, verification } = await setUp();
    halves.dino.damage = crash();
    expect((await verification.survey()).halves.dino.state).toBe('crashes_server');
  });

  test('does not take a server that is gone, or slow, for a damaged half', async () => {
    const { halves, verification } = await setUp();
    halves.clip.damage = new StoreBusyError('no answer within 60 s');
    await expect(verification.survey()).rejects.toThrow('no answer');
    halves.clip.damage = crash();
    halves.clip.exists = () => (halves.clip.damage ? Promise.reject(crash()) : Promise.resolve(true));
    await expect(verification.survey()).rejects.toThrow('no connection');
  });

  test('finds damage that shows in searching only', async () => {
    const { halves, verification } = await setUp();
    halves.clip.trySearch = () => Promise.reject(crash());
    expect((await verification.survey()).halves.clip.state).toBe('crashes_server');
  });

  test('counts each item once that is in both, in one, or in the other', async () => {
    const { halves, verification } = await setUp({ count: 2500 });
    for (let i = 0; i < 2500; i += 5) halves.clip.rows?.delete(`item-${String(i)}`);
    for (let i = 1; i < 2500; i += 5) halves.dino.rows?.delete(`item-${String(i)}`);
    const survey = await verification.survey();
    expect(survey).toMatchObject({ items: 2500, faultCounts: { half_missing: 1000 } });
    expect(survey.faultyIds.size).toBe(1000);
    expect(survey.halves).toMatchObject({ clip: { rows: 2000 }, dino: { rows: 2000 } });
  });

  test('tells what is no drift: files that are gone, and items that a store was cleared of', async () => {
    const { halves, files, verification } = await setUp();
    files.delete('/photos/2.jpg');
    for (const half of Object.values(halves)) half.rows?.delete('item-4');
    const survey = await verification.survey();
    expect(isInStep(survey)).toBe(true);
    expect(survey).toMatchObject({ missingFileCount: 1, onlyInJournal: 1 });
    expect(survey.missingFiles).toEqual([{ itemId: 'item-2', path: '/photos/2.jpg' }]);
  });

  test('stops when it is told to', async () => {
    const { verification } = await setUp();
    await expect(verification.survey(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

describe('a repair mends from the journal, and encodes nothing:', () => {
  type Store = Awaited<ReturnType<typeof setUp>>;

  test.each<[string, (store: Store) => void]>([
    ['an item in one half only', ({ halves }) => halves.dino.rows?.delete('item-1')],
    ['a vector that is not there', ({ halves }) => { spoil(halves.clip, 'item-1', { vector: new Float32Array() }); }], // prettier-ignore
    ['a vector that is no number', ({ halves }) => { spoil(halves.dino, 'item-1', { vector: new Float32Array(6).fill(NaN) }); }], // prettier-ignore
    ['a vector that is another', ({ halves, items }) => { spoil(halves.clip, 'item-1', { vector: items[2]?.embeddings.clip }); }], // prettier-ignore
    ['metadata that cannot be read', ({ halves }) => { spoil(halves.dino, 'item-1', { stored: undefined }); }], // prettier-ignore
    ['metadata that was changed on one side', ({ halves, items }) => { spoil(halves.clip, 'item-1', { stored: items[2] }); }], // prettier-ignore
    ['a half that is not there', ({ halves }) => { halves.clip.rows = undefined; }], // prettier-ignore
    ['neither half is there', ({ halves }) => { halves.clip.rows = halves.dino.rows = undefined; }], // prettier-ignore
    ['a half that cannot be read', ({ halves }) => { halves.dino.damage = torn(); }], // prettier-ignore
    ['a half that its server dies of', ({ halves }) => { halves.clip.damage = crash(); }], // prettier-ignore
    ['neither half can be read', ({ halves }) => { halves.clip.damage = halves.dino.damage = torn(); }], // prettier-ignore
    ['one is torn, the other gone', ({ halves }) => { halves.clip.damage = torn(); halves.dino.rows = undefined; }], // prettier-ignore
  ])('%s', async (_, harm) => {
    const store = await setUp();
    store.files.clear();
    harm(store);
    expect(isInStep(await store.verification.survey())).toBe(false);
    const { mended, removed } = await store.repair();
    expect(mended).toBeGreaterThan(0);
    expect(removed).toEqual([]);
    await store.expectWhole();
    expect(store.encoded()).toBe(0);
  });

  test('makes a half with a wrong vector anew, for its index may be torn elsewhere too', async () => {
    const { halves, items, repair, expectWhole } = await setUp();
    spoil(halves.dino, 'item-1', { vector: items[2]?.embeddings.dino });
    expect(await repair()).toMatchObject({ rebuilt: ['looks_dino'], mended: 5, encoded: 0 });
    await expectWhole();
  });

  test('leaves an index alone in which only metadata is wrong', async () => {
    const { halves, items, repair, expectWhole } = await setUp();
    const [, item] = items;
    spoil(halves.dino, 'item-1', { stored: { ...item, item: { ...item?.item, title: 'Something else' } } });
    expect(await repair()).toMatchObject({ rebuilt: [], mended: 1, encoded: 0 });
    await expectWhole();
  });

  test('many items, page by page', async () => {
    const { halves, repair, expectWhole } = await setUp({ count: 1300 });
    halves.clip.damage = torn();
    for (let i = 0; i < 1300; i += 3) halves.dino.rows?.delete(`item-${String(i)}`);
    expect(await repair()).toMatchObject({ rebuilt: ['looks_clip'], mended: 1300, encoded: 0 });
    await expectWhole((await setUp({ count: 1300 })).items.sort((a, b) => (a.item.itemId < b.item.itemId ? -1 : 1)));
  });

  test('touches no row that is right', async () => {
    const { halves, repair } = await setUp();
    halves.dino.rows?.delete('item-1');
    const before = halves.clip.rows?.get('item-1');
    await repair();
    expect(halves.clip.rows?.get('item-1')).toBe(before);
  });
});

describe('without the journal, a repair', () => {
  test('encodes the file again', async () => {
    const { halves, repair, expectWhole, encoded } = await setUp({ journaled: false });
    for (const i of [0, 1, 2]) halves.dino.rows?.delete(`item-${String(i)}`);
    expect(await repair()).toMatchObject({ mended: 3, encoded: 3, removed: [] });
    expect(encoded()).toBe(3);
    await expectWhole();
  });

  test('keeps the vectors that are sound', async () => {
    const { halves, files, items, repair, expectWhole, encoded } = await setUp({ journaled: false });
    files.clear();
    spoil(halves.dino, 'item-1', { stored: { ...items[1], item: { ...items[1]?.item, title: 'changed' } } });
    await repair();
    await expectWhole();
    expect(encoded()).toBe(0);
  });

  test('notes what it has encoded when the file has changed, so that the next run looks again', async () => {
    const { halves, files, repair } = await setUp({ journaled: false });
    files.set('/photos/1.jpg', photo(77));
    halves.dino.rows?.delete('item-1');
    await repair();
    const rows = [halves.clip.rows?.get('item-1'), halves.dino.rows?.get('item-1')];
    const provenance = { contentSha256: await sha256Of(photo(77)), fileSize: photo(77).byteLength, fileMtimeMs: 0 };
    for (const row of rows) expect(row?.stored?.provenance).toMatchObject(provenance);
  });

  test('removes what no file gives, when that is confirmed', async () => {
    const { halves, files, items, repair, expectWhole } = await setUp({ journaled: false });
    files.delete('/photos/1.jpg');
    files.set('/photos/2.jpg', new Uint8Array(9));
    for (const i of [1, 2, 3]) halves.dino.rows?.delete(`item-${String(i)}`);
    const asked: Removal[] = [];
    const confirmRemoval = (removal: Removal): Promise<void> => {
      asked.push(removal);
      return Promise.resolve();
    };
    const { mended, removed } = await repair({ confirmRemoval });
    const hopeless = [
      { itemId: 'item-1', reason: 'the file does not exist' },
      { itemId: 'item-2', reason: 'not an image, or cut short' },
    ];
    expect(asked).toEqual([{ items: hopeless, unknown: false }]);
    expect([mended, removed]).toEqual([1, hopeless]);
    await expectWhole(items.filter(({ item }) => !['item-1', 'item-2'].includes(item.itemId)));
  });

  test('changes nothing when a removal is not confirmed', async () => {
    const { halves, files, repair } = await setUp({ journaled: false });
    files.delete('/photos/1.jpg');
    for (const i of [1, 3]) halves.dino.rows?.delete(`item-${String(i)}`);
    await expect(repair({ confirmRemoval: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    expect([halves.clip.rows?.size, halves.dino.rows?.size]).toEqual([5, 3]);
  });

  test('asks before it gives up what nobody can name', async () => {
    const { halves, repair } = await setUp({ journaled: false });
    halves.clip.damage = halves.dino.damage = torn();
    const asked: Removal[] = [];
    const confirmRemoval = (removal: Removal): Promise<void> => {
      asked.push(removal);
      return Promise.resolve();
    };
    expect(await repair({ confirmRemoval })).toMatchObject({ rebuilt: ['looks_clip', 'looks_dino'] });
    expect(asked).toEqual([{ items: [], unknown: true }]);
  });

  test('makes a half anew without losing what the other half still has', async () => {
    const { halves, repair, expectWhole, encoded } = await setUp({ journaled: false });
    halves.clip.damage = torn();
    await repair();
    await expectWhole();
    expect(encoded()).toBe(5);
  });
});

describe('a repair that meets trouble', () => {
  test('makes a half anew that cannot be mended item by item', async () => {
    const { halves, repair, expectWhole, encoded } = await setUp();
    halves.dino.rows?.delete('item-1');
    const put = halves.dino.put.bind(halves.dino);
    let isTorn = true;
    halves.dino.put = (records) => (isTorn ? Promise.reject(crash()) : put(records));
    const replace = halves.dino.replace.bind(halves.dino);
    halves.dino.replace = () => {
      isTorn = false;
      return replace();
    };
    expect(await repair()).toMatchObject({ rebuilt: ['looks_dino'] });
    await expectWhole();
    expect(encoded()).toBe(0);
  });

  test('says so when what it wrote does not stay', async () => {
    const { halves, repair } = await setUp();
    halves.dino.rows?.delete('item-1');
    halves.dino.put = () => Promise.resolve([{ itemId: 'item-1', reason: 'too long' }]);
    const { refused, survey } = await repair();
    expect(refused).toEqual([{ itemId: 'item-1', reason: 'too long' }]);
    expect(isInStep(survey)).toBe(false);
  });

  test('is finished by the next one when it was killed between the two halves', async () => {
    const store = await setUp();
    store.halves.clip.damage = store.halves.dino.damage = torn();
    const replace = store.halves.dino.replace.bind(store.halves.dino);
    store.halves.dino.replace = () => Promise.reject(new RangeError('killed'));
    await expect(store.repair()).rejects.toThrow('killed');
    store.halves.dino.replace = replace;
    store.halves.clip.rows?.delete('item-4');
    await store.repair();
    await store.expectWhole();
    expect(store.encoded()).toBe(0);
  });
});

describe('the journal', () => {
  test('forgets what no item uses, after it got to know every item', async () => {
    const { halves, journal, items, repair } = await setUp();
    const gone = sampleItem('gone', DIMENSIONS, { provenance: { contentSha256: 'cd'.repeat(32) } });
    await journal.appendVectors([gone], ENCODER_IDS);
    await journal.remove(['item-1']);
    expect((await repair()).forgottenVectors).toBe(2);
    expect(await journal.size()).toMatchObject({ items: 5, vectors: 10 });
    expect((await collect(journal.getItems())).map(({ item }) => item.itemId).sort()).toEqual(
      items.map(({ item }) => item.itemId),
    );
    expect(halves.clip.rows?.size).toBe(5);
  });

  test('gets what was encoded for a repair', async () => {
    const { halves, journal, items, repair } = await setUp({ journaled: false });
    halves.dino.rows?.delete('item-1');
    await repair();
    const hash = items[1]?.provenance.contentSha256 ?? '';
    expect((await journal.getVectors('fake-6', [hash])).get(hash)).toEqual(items[1]?.embeddings.dino);
  });
});

test('a survey of a repaired store is what the repair says it is', async () => {
  const { halves, repair, verification } = await setUp();
  halves.clip.damage = torn();
  const { survey } = await repair();
  const again: StoreSurvey = await verification.survey();
  expect(survey).toEqual(again);
});
