import assert from 'node:assert/strict';

import { append, DIMENSIONS, hashOf, sample, sampleMany, sortedIds, vectorOf, type Check } from './samples.js';

export function describeForgetting(check: Check): void {
  check('its revision is another one after each change of the items, and else the same', async (journal) => {
    const revisions = [await journal.revision()];
    const after = async (change: Promise<unknown>): Promise<void> => {
      await change;
      revisions.push(await journal.revision());
      assert.equal(await journal.revision(), revisions.at(-1));
    };
    const item = sample('a', hashOf('ab'));
    await after(journal.updateItems([item]));
    await after(journal.updateItems([{ ...item, provenance: { ...item.provenance, fileSize: 7 } }]));
    await after(journal.remove(['a']));
    assert.equal(new Set(revisions).size, revisions.length);
  });

  check('removed items are gone, others stay, and so do all vectors', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('cd')));
    await journal.remove(['a', 'nowhere']);
    assert.deepEqual(await sortedIds(journal), ['b']);
    assert.ok(await vectorOf(journal, 'clip-a', hashOf('ab')));
  });

  check('removing nothing does nothing', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    await journal.remove([]);
    assert.deepEqual(await sortedIds(journal), ['a']);
  });

  check('compaction forgets the vectors that no item has, and counts them', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('cd')), sample('c', hashOf('ef')));
    await journal.remove(['a']);
    await append(journal, sample('b', hashOf('12')));
    assert.equal(await journal.compact(), 4);
    const hashes = ['ab', 'cd', 'ef', '12'].map(hashOf);
    const kept = new Set([hashOf('ef'), hashOf('12')]);
    assert.deepEqual(new Set((await journal.getVectors('clip-a', hashes)).keys()), kept);
    assert.deepEqual(new Set((await journal.getVectors('dino-a', hashes)).keys()), kept);
    assert.deepEqual(await sortedIds(journal), ['b', 'c']);
    assert.equal(await journal.compact(), 0);
  });

  check('compaction keeps what another item has, and what other encoders made of it', async (journal) => {
    await append(journal, sample('a', hashOf('ab')), sample('b', hashOf('ab')));
    await journal.appendVectors([sample('a', hashOf('ab'))], { clip: 'clip-b', dino: 'dino-b' });
    await journal.remove(['a']);
    assert.equal(await journal.compact(), 0);
    assert.equal((await journal.size()).vectors, 4);
  });

  check('compaction of an empty journal forgets nothing', async (journal) => {
    assert.equal(await journal.compact(), 0);
  });

  check('a large compaction forgets all it should', async (journal) => {
    const items = sampleMany(1300);
    await append(journal, ...items);
    await journal.remove(items.slice(100).map(({ item }) => item.itemId));
    assert.equal(await journal.compact(), 2400);
    assert.equal((await journal.size()).vectors, 200);
  });

  check('what is appended beside a compaction stays', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    await journal.remove(['a']);
    await Promise.all([journal.compact(), append(journal, item)]);
    assert.deepEqual(await sortedIds(journal), ['a']);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
  });

  check('the size counts at least the vectors', async (journal) => {
    await append(journal, ...sampleMany(10));
    const { items, vectors, bytes } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 10, vectors: 20 });
    assert.ok(bytes >= 10 * 4 * (DIMENSIONS.clip + DIMENSIONS.dino));
  });
}
