import assert from 'node:assert/strict';

import { normalise } from '../../embedding.js';
import { EmbeddingDimensionError } from '../../errors.js';
import type { EmbeddedItem } from '../../fashion-item.js';
import { MAX_TEXT_LENGTH } from '../../item-limits.js';
import { sample, sortedIds, type Check } from './samples.js';

export function describeRefusals(check: Check): void {
  const refusesVector = (name: string, spoil: (item: EmbeddedItem) => EmbeddedItem): unknown =>
    check(`refuses a vector ${name}, and stores nothing of that call`, async (store) => {
      await assert.rejects(store.upsert([sample('good'), spoil(sample('bad'))]), EmbeddingDimensionError);
      assert.equal(await store.count(), 0);
    });

  refusesVector('of too few dimensions', (item) => withVector(item, { clip: normalise(new Float32Array(15).fill(1)) }));
  refusesVector('of too many dimensions', (item) => withVector(item, { dino: normalise(new Float32Array(9).fill(1)) }));
  refusesVector('without dimensions', (item) => withVector(item, { dino: new Float32Array(0) }));
  refusesVector('with a NaN', (item) => withVector(item, { clip: item.embeddings.clip.map((v, i) => (i ? v : NaN)) }));
  refusesVector('with an infinity', (item) => withVector(item, { dino: item.embeddings.dino.map(() => Infinity) }));
  refusesVector('of length 0', (item) => withVector(item, { dino: new Float32Array(8) }));
  refusesVector('of length 2', (item) => withVector(item, { clip: item.embeddings.clip.map((v) => v * 2) }));

  check('refuses an id that occurs twice in one call', async (store) => {
    await assert.rejects(store.upsert([sample('a'), sample('b'), sample('a')]));
    assert.equal(await store.count(), 0);
  });

  const refusesItem = (name: string, bad: () => EmbeddedItem): unknown =>
    check(`refuses an item with ${name} and stores the others`, async (store) => {
      const spoilt = bad();
      const result = await store.upsert([sample('a'), spoilt, sample('b')]);
      assert.equal(result.successCount, 2);
      assert.deepEqual(
        result.failures.map((failure) => failure.itemId),
        [spoilt.item.itemId],
      );
      assert.ok(result.failures[0]?.reason);
      assert.deepEqual(await sortedIds(store), ['a', 'b']);
    });

  refusesItem('an empty id', () => sample(''));
  refusesItem('an id with a control character', () => sample('bad\u0000id'));
  refusesItem('an id of 2,000 characters', () => sample('x'.repeat(2000)));
  refusesItem('a price that is no number', () => sample('bad', { item: { price: Number.NaN } }));
  refusesItem('a title that is too long', () => sample('bad', { item: { title: 'x'.repeat(MAX_TEXT_LENGTH + 1) } }));
  refusesItem('a negative price', () => sample('bad', { item: { price: -1 } }));
}

function withVector(item: EmbeddedItem, change: Partial<EmbeddedItem['embeddings']>): EmbeddedItem {
  return { ...item, embeddings: { ...item.embeddings, ...change } };
}
