import assert from 'node:assert/strict';

import { seededRandom, randomUnitVector } from '../sample-items.js';
import { collect } from '../contract.js';
import { DIMENSIONS, sample, sampleMany, sortedIds, withoutVectors, type Check } from './samples.js';

export function describeReading(check: Check): void {
  check('an empty store has no items', async (store) => {
    assert.equal(await store.count(), 0);
    assert.deepEqual(await sortedIds(store), []);
    assert.deepEqual(await collect(store.listItems()), []);
  });

  check('an empty store finds nothing', async (store) => {
    assert.deepEqual(await store.filterStored(['a']), new Set());
    assert.deepEqual(await store.getByIds(['a']), []);
    const vector = randomUnitVector(DIMENSIONS.clip, seededRandom(1));
    assert.deepEqual(await store.candidates({ space: 'clip', vector, topK: 5 }), []);
  });

  check('what was stored comes back whole', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    const [read, ...others] = await store.getByIds(['a']);
    assert.ok(read);
    assert.equal(others.length, 0);
    assert.deepEqual(withoutVectors(read), withoutVectors(stored));
    assert.deepEqual([...read.embeddings.clip], [...stored.embeddings.clip]);
    assert.deepEqual([...read.embeddings.dino], [...stored.embeddings.dino]);
  });

  check('absent texts come back as empty texts', async (store) => {
    await store.upsert([sample('a', { item: { brand: '', description: '', size: '', price: 0 } })]);
    const [read] = await store.getByIds(['a']);
    assert.equal(read?.item.brand, '');
    assert.equal(read.item.price, 0);
  });

  check('texts of any script and odd ids survive', async (store) => {
    const item = sample('ref_Ünï code 👗_1', { item: { title: 'Robe "d’été" \\ 连衣裙 <b>' } });
    await store.upsert([item]);
    const [read] = await store.getByIds([item.item.itemId]);
    assert.deepEqual(read?.item, item.item);
  });

  check('a broken surrogate pair is mended, not refused', async (store) => {
    const result = await store.upsert([sample('a', { item: { title: 'half \ud83d done' } })]);
    assert.equal(result.successCount, 1);
    const [read] = await store.getByIds(['a']);
    assert.equal(read?.item.title, 'half \ufffd done');
  });

  check('items come back in the order asked for, without those that are not stored', async (store) => {
    await store.upsert(sampleMany(5));
    const read = await store.getByIds(['item-0003', 'nowhere', 'item-0000', 'item-0004']);
    assert.deepEqual(
      read.map((item) => item.item.itemId),
      ['item-0003', 'item-0000', 'item-0004'],
    );
  });

  check('items come without their vectors, too', async (store) => {
    const items = sampleMany(3);
    await store.upsert(items);
    const read = await store.getItemsByIds(['item-0002', 'nowhere', 'item-0000']);
    const inOrder = read.sort((a, b) => (a.item.itemId < b.item.itemId ? -1 : 1));
    assert.deepEqual(inOrder, [items[0], items[2]].flatMap((item) => item ?? []).map(withoutVectors));
  });

  check('nothing asked for is nothing given', async (store) => {
    assert.deepEqual(await store.getByIds([]), []);
    assert.deepEqual(await store.getItemsByIds([]), []);
    assert.deepEqual(await store.filterStored([]), new Set());
  });

  check('filterStored names exactly the stored ids', async (store) => {
    await store.upsert(sampleMany(3));
    assert.deepEqual(await store.filterStored(['item-0001', 'x', 'item-0002']), new Set(['item-0001', 'item-0002']));
  });

  check('every id and every item is listed once', async (store) => {
    const items = sampleMany(250);
    await store.upsert(items);
    assert.deepEqual(
      await sortedIds(store),
      items.map((item) => item.item.itemId),
    );
    const listed = await collect(store.listItems());
    assert.deepEqual(listed.map((entry) => entry.item.itemId).sort(), await sortedIds(store));
    assert.equal(await store.count(), 250);
  });

  check('listed items carry metadata and provenance', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    assert.deepEqual(await collect(store.listItems()), [withoutVectors(stored)]);
  });

  check('a listing that is left early leaves the store usable', async (store) => {
    await store.upsert(sampleMany(10));
    for await (const id of store.getAllIds()) {
      assert.ok(id);
      break;
    }
    assert.equal(await store.count(), 10);
  });
}
