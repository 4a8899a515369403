import assert from 'node:assert/strict';

import { collect } from '../contract.js';
import {
  append,
  hashAt,
  hashOf,
  sample,
  sampleMany,
  sortedIds,
  sortedItems,
  vectorOf,
  withoutVectors,
  type Check,
} from './samples.js';

export function describeItems(check: Check): void {
  check('items come back with every field', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    assert.deepEqual(await collect(journal.getItems()), [withoutVectors(item)]);
  });

  check('texts and ids of any kind come back as they were', async (journal) => {
    const ids = [
      'ref_Ünï code 👗_1',
      'x'.repeat(5000),
      '',
      'zero \u0000 byte',
      '__proto__',
      'half \ud83d',
      'half \udc57',
    ];
    const title = 'Robe "d’été" \\ 连衣裙 \u0000 half \ud83d <b>';
    const items = ids.map((id, i) => sample(id, hashAt(i), { item: { title, brand: '', price: 0 } }));
    await append(journal, ...items);
    const byId = new Map((await collect(journal.getItems())).map((item) => [item.item.itemId, item]));
    assert.deepEqual([...byId.keys()].sort(), [...ids].sort());
    for (const item of items) assert.deepEqual(byId.get(item.item.itemId), withoutVectors(item));
  });

  check('every item is listed once, however many there are', async (journal) => {
    const items = sampleMany(1300);
    await append(journal, ...items);
    assert.deepEqual(await sortedItems(journal), items.map(withoutVectors));
    assert.equal((await journal.size()).items, 1300);
  });

  check('items are found by their ids; those not remembered are left out', async (journal) => {
    const [first, second] = [sample('a', hashOf('aa')), sample('b', hashOf('bb'))];
    await append(journal, first, second);
    assert.deepEqual(await journal.getItemsByIds(['b', 'none', 'b']), [withoutVectors(second)]);
    assert.deepEqual(await journal.getItemsByIds([]), []);
  });

  check('items that stay are listed once while others come and go', async (journal) => {
    const items = sampleMany(900);
    await append(journal, ...items);
    const listed: string[] = [];
    for await (const { item } of journal.getItems()) {
      if (listed.length === 10) await append(journal, ...items.slice(0, 100), sample('new', hashOf('ab')));
      if (listed.length === 20) await journal.remove(items.slice(450).map((gone) => gone.item.itemId));
      listed.push(item.itemId);
    }
    assert.equal(new Set(listed).size, listed.length);
    for (const { item } of items.slice(0, 450)) assert.ok(listed.includes(item.itemId));
  });

  check('a listing that is left early leaves the journal usable', async (journal) => {
    await append(journal, ...sampleMany(600));
    for await (const { item } of journal.getItems()) {
      assert.ok(item.itemId);
      break;
    }
    await append(journal, sample('new', hashOf('ab')));
    assert.equal((await sortedIds(journal)).length, 601);
  });

  check('the same id again replaces the item; the vectors of its old content stay', async (journal) => {
    const before = sample('a', hashOf('ab'));
    const after = sample('a', hashOf('cd'), { seed: 5, item: { title: 'New' }, provenance: { fileSize: 7 } });
    await append(journal, before);
    await append(journal, after);
    assert.deepEqual(await collect(journal.getItems()), [withoutVectors(after)]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('cd')), [...after.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...before.embeddings.clip]);
  });

  check('of an id that occurs twice in one call the later one is remembered', async (journal) => {
    const items = [sample('a', hashOf('ab')), sample('a', hashOf('cd'), { item: { title: 'Later' } })];
    await append(journal, ...items);
    assert.deepEqual(await collect(journal.getItems()), items.slice(1).map(withoutVectors));
  });

  check('metadata and provenance change without touching vectors', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    const changed = withoutVectors(
      sample('a', hashOf('ab'), { item: { price: 1, description: '' }, provenance: { filePath: '/moved.jpg' } }),
    );
    await journal.updateItems([changed]);
    assert.deepEqual(await collect(journal.getItems()), [changed]);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
  });

  check('an update remembers items that are new, and of unknown content', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    const items = [sample('b', hashOf('ab')), sample('c', '')].map(withoutVectors);
    await journal.updateItems(items);
    assert.deepEqual((await sortedItems(journal)).slice(1), items);
    assert.equal((await journal.size()).vectors, 2);
  });
}
