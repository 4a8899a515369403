import assert from 'node:assert/strict';

import { collect } from '../contract.js';
import { sampleItem } from '../sample-items.js';
import {
  append,
  ENCODERS,
  hashOf,
  sample,
  sampleMany,
  sortedIds,
  vectorOf,
  withoutVectors,
  type Check,
} from './samples.js';

export function describeVectors(check: Check): void {
  check('an empty journal remembers nothing', async (journal) => {
    assert.deepEqual(await collect(journal.getItems()), []);
    assert.deepEqual(await journal.getVectors('clip-a', [hashOf('ab')]), new Map());
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 0, vectors: 0 });
  });

  check('both vectors come back by content, to the last bit', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await append(journal, item);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
  });

  check('vectors of any dimensions are kept beside each other', async (journal) => {
    const [small, large] = [2, 1536].map((clip) => sampleItem('x', { clip, dino: 1 }));
    assert.ok(small && large);
    await journal.appendVectors([small], { clip: 'small', dino: 'one' });
    await journal.appendVectors([large], { clip: 'large', dino: 'one' });
    const hash = small.provenance.contentSha256;
    assert.deepEqual(await vectorOf(journal, 'small', hash), [...small.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'large', hash), [...large.embeddings.clip]);
  });

  check('contents and encoders that are not remembered are left out', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    const found = await journal.getVectors('clip-a', [hashOf('cd'), hashOf('ab'), '', 'no hash', hashOf('AB')]);
    assert.deepEqual([...found.keys()], [hashOf('ab')]);
    assert.deepEqual(await journal.getVectors('clip-b', [hashOf('ab')]), new Map());
    assert.deepEqual(await journal.getVectors('', [hashOf('ab')]), new Map());
  });

  check('nothing asked for is nothing given, and the same twice is one', async (journal) => {
    await append(journal, sample('a', hashOf('ab')));
    assert.equal((await journal.getVectors('clip-a', [])).size, 0);
    assert.equal((await journal.getVectors('clip-a', [hashOf('ab'), hashOf('ab')])).size, 1);
  });

  check('many vectors are found at once', async (journal) => {
    const items = sampleMany(300);
    await append(journal, ...items);
    const found = await journal.getVectors(
      'dino-a',
      items.map(({ provenance }) => provenance.contentSha256),
    );
    assert.equal(found.size, 300);
    for (const { provenance, embeddings } of items) {
      assert.deepEqual(found.get(provenance.contentSha256), embeddings.dino);
    }
  });

  check('an encoder with a new id starts anew, beside the old one', async (journal) => {
    const [before, after] = [sample('a', hashOf('ab')), sample('a', hashOf('ab'), { seed: 9 })];
    await append(journal, before);
    await journal.appendVectors([after], { clip: 'clip-b', dino: 'dino-a' });
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...before.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'clip-b', hashOf('ab')), [...after.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...after.embeddings.dino]);
  });

  check('items of the same content share its vectors', async (journal) => {
    await append(journal, sample('a', hashOf('ab'), { seed: 1 }), sample('b', hashOf('ab'), { seed: 1 }));
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 2, vectors: 2 });
  });

  check('vectors are remembered without their items', async (journal) => {
    const item = sample('a', hashOf('ab'));
    await journal.appendVectors([item], ENCODERS);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await vectorOf(journal, 'dino-a', hashOf('ab')), [...item.embeddings.dino]);
    const { items, vectors } = await journal.size();
    assert.deepEqual({ items, vectors }, { items: 0, vectors: 2 });
    await journal.updateItems([withoutVectors(item)]);
    assert.equal(await journal.compact(), 0);
    assert.deepEqual(await sortedIds(journal), ['a']);
  });

  check('vectors whose items never came are forgotten by compaction', async (journal) => {
    await journal.appendVectors([sample('a', hashOf('ab'))], ENCODERS);
    assert.equal(await journal.compact(), 2);
    assert.equal(await vectorOf(journal, 'clip-a', hashOf('ab')), undefined);
  });

  check('vectors that were imported are told from those that were encoded here', async (journal) => {
    await journal.appendVectors([sample('a', hashOf('ab'))], ENCODERS, 'imported');
    await append(journal, sample('b', hashOf('cd')));
    const hashes = ['ab', 'cd', 'ef'].map(hashOf);
    assert.deepEqual(await journal.getImported('clip-a', hashes), new Set([hashOf('ab')]));
    assert.deepEqual(await journal.getImported('dino-a', hashes), new Set([hashOf('ab')]));
    assert.deepEqual(await journal.getImported('clip-b', hashes), new Set());
    assert.deepEqual((await journal.getVectors('clip-a', hashes)).size, 2);
  });

  check('a vector that comes again, as a store gives it back, keeps its value and its origin', async (journal) => {
    const item = sample('a', hashOf('ab'));
    const again = { ...item, embeddings: { clip: item.embeddings.clip.slice(), dino: item.embeddings.dino } };
    again.embeddings.clip[0] = (again.embeddings.clip[0] ?? 0) + 5e-8;
    await journal.appendVectors([item], ENCODERS, 'imported');
    await append(journal, again);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...item.embeddings.clip]);
    assert.deepEqual(await journal.getImported('clip-a', [hashOf('ab')]), new Set([hashOf('ab')]));
  });

  check('another vector takes the place of an imported one, origin and all', async (journal) => {
    await journal.appendVectors([sample('a', hashOf('ab'))], ENCODERS, 'imported');
    const other = sample('a', hashOf('ab'), { seed: 9 });
    await journal.appendVectors([other], ENCODERS);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), [...other.embeddings.clip]);
    assert.deepEqual(await journal.getImported('clip-a', [hashOf('ab')]), new Set());
  });

  check('an append of nothing does nothing', async (journal) => {
    await append(journal);
    assert.equal((await journal.size()).items, 0);
  });

  check('concurrent appends are all remembered', async (journal) => {
    const items = sampleMany(80);
    await Promise.all([0, 20, 40, 60].map((at) => append(journal, ...items.slice(at, at + 20))));
    assert.equal((await sortedIds(journal)).length, 80);
  });

  check('later changes to arrays do not reach the journal, nor the other way round', async (journal) => {
    const item = sample('a', hashOf('ab'));
    const before = [...item.embeddings.clip];
    const appended = append(journal, item);
    item.embeddings.clip.fill(0);
    await appended;
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), before);
    (await journal.getVectors('clip-a', [hashOf('ab')])).get(hashOf('ab'))?.fill(0);
    assert.deepEqual(await vectorOf(journal, 'clip-a', hashOf('ab')), before);
  });
}
