import assert from 'node:assert/strict';

import type { EmbeddedItem } from '../../fashion-item.js';
import { MAX_TEXT_LENGTH } from '../../item-limits.js';
import { sample, sampleMany, sortedIds, withoutVectors, type Check } from './samples.js';

export function describeWriting(check: Check): void {
  check('an upsert says how many it stored', async (store) => {
    const result = await store.upsert(sampleMany(3));
    assert.equal(result.successCount, 3);
    assert.deepEqual(result.failures, []);
    assert.ok(result.totalTimeSeconds >= 0);
  });

  check('its revision is another one after each change, and else the same, where it can tell', async (store) => {
    const revisions = [await store.revision()];
    const after = async (change: Promise<unknown>): Promise<void> => {
      await change;
      revisions.push(await store.revision());
      assert.equal(await store.revision(), revisions.at(-1));
    };
    await after(store.upsert([sample('a'), sample('b')]));
    await after(store.upsert([sample('a', { item: { title: 'New' } })]));
    await after(store.updateMetadata([withoutVectors(sample('a', { item: { price: 3 } }))]));
    await after(store.delete(['b']));
    await after(store.clear());
    const told = revisions.filter((revision) => revision !== undefined);
    assert.equal(new Set(told).size, told.length);
    assert.ok(told.length === 0 || told.length === revisions.length);
  });

  check('an empty upsert does nothing', async (store) => {
    assert.equal((await store.upsert([])).successCount, 0);
    assert.equal(await store.count(), 0);
  });

  check('the same item twice is one item', async (store) => {
    await store.upsert([sample('a')]);
    await store.upsert([sample('a')]);
    assert.equal(await store.count(), 1);
  });

  check('an upsert replaces vectors, metadata and provenance', async (store) => {
    await store.upsert([sample('a')]);
    const changed = sample('a', {
      seed: 99,
      item: { title: 'New', price: 3, brand: '' },
      provenance: { contentSha256: 'cd'.repeat(32), fileSize: 5 },
    });
    await store.upsert([changed]);
    const [read] = await store.getByIds(['a']);
    assert.ok(read);
    assert.deepEqual(withoutVectors(read), withoutVectors(changed));
    assert.deepEqual([...read.embeddings.dino], [...changed.embeddings.dino]);
  });

  check('an upsert leaves other items alone', async (store) => {
    await store.upsert([sample('a'), sample('b')]);
    await store.upsert([sample('a', { seed: 4, item: { title: 'New' } })]);
    const [read] = await store.getByIds(['b']);
    assert.deepEqual(read?.item, sample('b').item);
  });

  check('metadata changes without touching the vectors', async (store) => {
    const stored = sample('a');
    await store.upsert([stored, sample('b')]);
    const { item, provenance } = sample('a', { item: { price: 1, description: '' }, provenance: { fileMtimeMs: 5 } });
    const result = await store.updateMetadata([{ item, provenance }]);
    assert.deepEqual([result.successCount, result.failures], [1, []]);
    const [read] = await store.getByIds(['a']);
    assert.ok(read);
    assert.deepEqual(withoutVectors(read), { item, provenance });
    assert.deepEqual([...read.embeddings.clip], [...stored.embeddings.clip]);
  });

  const refusesUpdate = (name: string, bad: () => EmbeddedItem): unknown =>
    check(`a metadata update tells of an item ${name}, and changes the others`, async (store) => {
      await store.upsert([sample('a'), sample('bad'), sample('b')]);
      const spoilt = bad();
      const changed = ['a', 'b'].map((id) => sample(id, { item: { title: 'New' } }));
      const [first, last] = changed.map(withoutVectors);
      assert.ok(first && last);
      const { successCount, failures } = await store.updateMetadata([first, withoutVectors(spoilt), last]);
      assert.equal(successCount, 2);
      assert.deepEqual(failures.map(({ itemId }) => itemId), [spoilt.item.itemId]); // prettier-ignore
      assert.ok(failures[0]?.reason);
      const stored = await store.getByIds(['a', 'b', 'bad']);
      const expected = ['New', 'New', sample('bad').item.title];
      assert.deepEqual(stored.map(({ item }) => item.title), expected); // prettier-ignore
      assert.equal(await store.count(), 3);
    });

  refusesUpdate('that is not stored', () => sample('nowhere', { item: { title: 'New' } }));
  refusesUpdate('with an empty id', () => sample('', { item: { title: 'New' } }));
  refusesUpdate('with a negative price', () => sample('bad', { item: { title: 'New', price: -1 } }));
  refusesUpdate('with a text that is too long', () =>
    sample('bad', { item: { title: 'x'.repeat(MAX_TEXT_LENGTH + 1) } }),
  );

  check('a description that is too long is cut, and the cut is marked', async (store) => {
    const longest = 'x'.repeat(MAX_TEXT_LENGTH);
    const descriptionOfA = async (): Promise<string | undefined> => (await store.getByIds(['a']))[0]?.item.description;
    const changes = { item: { description: `${longest}y` } };
    assert.equal((await store.upsert([sample('a', changes)])).successCount, 1);
    assert.equal(await descriptionOfA(), `${longest.slice(1)}…`);
    await store.upsert([sample('a', { item: { description: longest } })]);
    assert.equal(await descriptionOfA(), longest);
    assert.equal((await store.updateMetadata([withoutVectors(sample('a', changes))])).successCount, 1);
    assert.equal(await descriptionOfA(), `${longest.slice(1)}…`);
  });

  check('a metadata update of nothing does nothing', async (store) => {
    assert.equal((await store.updateMetadata([])).successCount, 0);
    assert.equal(await store.count(), 0);
  });

  check('deleted items are gone, others stay', async (store) => {
    await store.upsert(sampleMany(4));
    await store.delete(['item-0001', 'item-0003', 'nowhere']);
    assert.deepEqual(await sortedIds(store), ['item-0000', 'item-0002']);
    assert.deepEqual(await store.getByIds(['item-0001']), []);
  });

  check('deleting nothing does nothing', async (store) => {
    await store.upsert([sample('a')]);
    await store.delete([]);
    assert.equal(await store.count(), 1);
  });

  check('a deleted item can be stored again', async (store) => {
    await store.upsert([sample('a')]);
    await store.delete(['a']);
    await store.upsert([sample('a', { item: { title: 'Again' } })]);
    assert.equal((await store.getByIds(['a']))[0]?.item.title, 'Again');
  });

  check('clear removes everything, and the store stays usable', async (store) => {
    await store.upsert(sampleMany(5));
    await store.clear();
    assert.equal(await store.count(), 0);
    assert.deepEqual(await sortedIds(store), []);
    await store.upsert([sample('a')]);
    assert.equal(await store.count(), 1);
  });

  check('concurrent upserts of different items are all stored', async (store) => {
    const items = sampleMany(40);
    await Promise.all([0, 10, 20, 30].map((at) => store.upsert(items.slice(at, at + 10))));
    assert.equal(await store.count(), 40);
  });

  check('later changes to the arrays given do not reach the store', async (store) => {
    const stored = sample('a');
    await store.upsert([stored]);
    const before = [...stored.embeddings.clip];
    stored.embeddings.clip.fill(0);
    assert.deepEqual([...((await store.getByIds(['a']))[0]?.embeddings.clip ?? [])], before);
  });
}
