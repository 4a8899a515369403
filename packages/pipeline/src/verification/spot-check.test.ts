import { VectorStoreError, type StoreEngine } from '@fashionmatch/domain';
import {
  InMemoryStoreEngine,
  InMemoryStoreHalf,
  InMemoryStorePlace,
  RecordingLogger,
  sampleItem,
} from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { spotCheck, type SpotCheck } from './spot-check.js';

const DIMENSIONS = { clip: 12, dino: 6 };
const ENCODERS = { clip: { id: 'test/clip', dimensions: 12 }, dino: { id: 'test/dino', dimensions: 6 } };
const ENCODER_IDS = { clip: 'test/clip', dino: 'test/dino' };

/** An engine on a store of items, whose halves are changed by another program after they were written. */
async function engineOf(count: number, change: (half: InMemoryStoreHalf) => void): Promise<StoreEngine> {
  const place = new InMemoryStorePlace();
  const items = Array.from({ length: count }, (_, i) =>
    sampleItem(`item-${String(i)}`, DIMENSIONS, { provenance: { contentSha256: String(i).padStart(64, '0') } }),
  );
  await using writer = new InMemoryStoreEngine('write', place);
  await (await writer.open(ENCODERS)).upsert(items);
  await place.journal.appendVectors(items, ENCODER_IDS);
  const engine = new InMemoryStoreEngine('read', place);
  const halves = await engine.halves(ENCODERS);
  if (halves.clip instanceof InMemoryStoreHalf) change(halves.clip);
  engine.halves = () => Promise.resolve(halves);
  return engine;
}

async function check(count: number, change: (half: InMemoryStoreHalf) => void = () => undefined) {
  const logger = new RecordingLogger();
  const engine = await engineOf(count, change);
  const found: SpotCheck | undefined = await spotCheck(engine, await engine.status(), logger);
  return { found, warnings: logger.events.filter(({ level }) => level === 'warn') };
}

function change(itemId: string, changes: object): (half: InMemoryStoreHalf) => void {
  return (half) => {
    const row = half.rows?.get(itemId);
    if (row) half.rows?.set(itemId, { ...row, ...changes });
  };
}

test('finds nothing at fault in a store that is as it was written, and nothing where none is stored', async () => {
  expect(await check(5)).toEqual({ found: { items: 5, atFault: 0 }, warnings: [] });
  expect((await check(0)).found).toBeUndefined();
});

test('a vector that was put over an id, and metadata that one half alone has, are faults', async () => {
  const other = sampleItem('other', DIMENSIONS);
  expect((await check(5, change('item-3', { vector: other.embeddings.clip }))).found?.atFault).toBe(1);
  expect((await check(5, change('item-3', { stored: other }))).found?.atFault).toBe(1);
  expect((await check(5, change('item-3', { stored: undefined }))).found?.atFault).toBe(1);
});

test('what only one half has is not counted: ids tell that', async () => {
  expect((await check(5, (half) => half.rows?.delete('item-3'))).found).toEqual({ items: 4, atFault: 0 });
});

test('looks at some of many items', async () => {
  expect((await check(700)).found).toEqual({ items: 500, atFault: 0 });
});

test('a half that cannot be read is told to the log', async () => {
  const { found, warnings } = await check(5, (half) => {
    half.damage = new VectorStoreError('STORE_FAILED', 'Error finding id');
  });
  expect(found).toBeUndefined();
  expect(warnings).toMatchObject([{ message: expect.stringContaining('Error finding id') }]);
});
