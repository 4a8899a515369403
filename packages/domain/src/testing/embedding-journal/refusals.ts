import assert from 'node:assert/strict';

import { EmbeddingDimensionError, VectorStoreError } from '../../errors.js';
import type { EmbeddedItem, FashionItem, Provenance } from '../../fashion-item.js';
import { append, ENCODERS, hashOf, sample, withoutVectors, type Check } from './samples.js';

type ErrorClass = typeof VectorStoreError | typeof EmbeddingDimensionError;

export function describeRefusals(check: Check): void {
  const refuses = (name: string, error: ErrorClass, spoil: (good: EmbeddedItem) => EmbeddedItem): unknown =>
    check(`refuses ${name}, and remembers nothing of that call`, async (journal) => {
      const call = [sample('good', hashOf('ab')), spoil(sample('bad', hashOf('cd')))];
      await assert.rejects(append(journal, ...call), (thrown) => {
        assert.ok(thrown instanceof error);
        assert.match(thrown.message, /\bbad\b/);
        return true;
      });
      const { items, vectors } = await journal.size();
      assert.deepEqual({ items, vectors }, { items: 0, vectors: 0 });
    });

  const refusesVector = (name: string, spoil: (vector: Float32Array) => Float32Array): unknown =>
    refuses(`a vector ${name}`, EmbeddingDimensionError, (good) => ({
      ...good,
      embeddings: { ...good.embeddings, dino: spoil(good.embeddings.dino) },
    }));

  refusesVector('without dimensions', () => new Float32Array(0));
  refusesVector('with a NaN', (vector) => vector.map((value, i) => (i ? value : NaN)));
  refusesVector('with an infinity', (vector) => vector.map((value, i) => (i ? value : Infinity)));
  refusesVector('of length 0', (vector) => vector.map(() => 0));
  refusesVector('of length 2', (vector) => vector.map((value) => value * 2));

  const refusesItem = (
    name: string,
    changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance> },
  ): unknown => refuses(name, VectorStoreError, () => sample('bad', hashOf('cd'), changes));

  refusesItem('a content hash that is empty', { provenance: { contentSha256: '' } });
  refusesItem('a content hash in capitals', { provenance: { contentSha256: hashOf('CD') } });
  refusesItem('a content hash that is too long', { provenance: { contentSha256: `${hashOf('cd')}ef` } });
  refusesItem('a price that is no number', { item: { price: NaN } });
  refusesItem('a time that is infinite', { provenance: { fileMtimeMs: Infinity } });

  check('refuses vectors without items as it does those with, and remembers nothing of that call', async (journal) => {
    const good = sample('good', hashOf('ab'));
    const embeddings = { ...good.embeddings, clip: new Float32Array(768) };
    await assert.rejects(journal.appendVectors([good, { ...good, embeddings }], ENCODERS), EmbeddingDimensionError);
    await assert.rejects(journal.appendVectors([good, sample('bad', 'cd')], ENCODERS), VectorStoreError);
    assert.equal((await journal.size()).vectors, 0);
  });

  check('refuses an update with a price that is no number, and remembers nothing of that call', async (journal) => {
    const items = [sample('good', hashOf('ab')), sample('bad', hashOf('cd'), { item: { price: NaN } })];
    await assert.rejects(journal.updateItems(items.map(withoutVectors)), VectorStoreError);
    assert.equal((await journal.size()).items, 0);
  });
}
