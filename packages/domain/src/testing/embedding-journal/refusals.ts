import assert from 'node:assert/strict';

import { EmbeddingDimensionError, VectorStoreError } from '../../errors.js';
import type { EmbeddedItem, FashionItem, Provenance } from '../../fashion-item.js';
import type { EmbeddingJournal } from '../../ports/embedding-journal.js';
import { ENCODERS, hashOf, sample, type Check } from './samples.js';

type ErrorClass = typeof VectorStoreError | typeof EmbeddingDimensionError;

export function describeRefusals(check: Check): void {
  const refuses = (
    name: string,
    error: ErrorClass,
    spoil: (good: EmbeddedItem) => EmbeddedItem,
    write: (journal: EmbeddingJournal, items: readonly EmbeddedItem[]) => Promise<void>,
  ): unknown =>
    check(`refuses ${name}, and remembers nothing of that call`, async (journal) => {
      const call = [sample('good', hashOf('ab')), spoil(sample('bad', hashOf('cd')))];
      await assert.rejects(write(journal, call), (thrown) => {
        assert.ok(thrown instanceof error);
        assert.match(thrown.message, /\bbad\b/);
        return true;
      });
      const { items, vectors } = await journal.size();
      assert.deepEqual({ items, vectors }, { items: 0, vectors: 0 });
    });

  const appendVectors = (journal: EmbeddingJournal, items: readonly EmbeddedItem[]): Promise<void> =>
    journal.appendVectors(items, ENCODERS);
  const refusesVector = (name: string, spoil: (vector: Float32Array) => Float32Array): unknown =>
    refuses(
      `a vector ${name}`,
      EmbeddingDimensionError,
      (good) => ({ ...good, embeddings: { ...good.embeddings, dino: spoil(good.embeddings.dino) } }),
      appendVectors,
    );

  refusesVector('without dimensions', () => new Float32Array(0));
  refusesVector('with a NaN', (vector) => vector.map((value, i) => (i ? value : NaN)));
  refusesVector('with an infinity', (vector) => vector.map((value, i) => (i ? value : Infinity)));
  refusesVector('of length 0', (vector) => vector.map(() => 0));
  refusesVector('of length 2', (vector) => vector.map((value) => value * 2));

  const refusesHash = (name: string, contentSha256: string): unknown =>
    refuses(`a content hash ${name}`, VectorStoreError, () => sample('bad', contentSha256), appendVectors);

  refusesHash('that is empty', '');
  refusesHash('in capitals', hashOf('CD'));
  refusesHash('that is too long', `${hashOf('cd')}ef`);

  const refusesItem = (
    name: string,
    changes: { item?: Partial<FashionItem>; provenance?: Partial<Provenance> },
  ): unknown =>
    refuses(
      name,
      VectorStoreError,
      () => sample('bad', hashOf('cd'), changes),
      (journal, items) => journal.updateItems(items),
    );

  refusesItem('a price that is no number', { item: { price: NaN } });
  refusesItem('a time that is infinite', { provenance: { fileMtimeMs: Infinity } });
}
