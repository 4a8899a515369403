import {
  cosine,
  EMBEDDING_SPACES,
  lengthOf,
  perSpace,
  UNIT_LENGTH_TOLERANCE,
  type EmbeddingSpace,
  type PerSpace,
} from '../../embedding.js';
import { EmbeddingDimensionError, VectorStoreError, type UpsertFailure } from '../../errors.js';
import type { EmbeddedItem, FashionItem, StoredItem } from '../../fashion-item.js';
import { cutDescription, MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../item-limits.js';
import { itemTest, type LooseTest, type StoreFilter } from '../../search/metadata-filter.js';
import {
  batchInsertResult,
  type BatchInsertResult,
  type NeighbourQuery,
  type ScoredId,
  type VectorStore,
} from '../../ports/vector-store.js';
import { settle } from '../settle.js';

/** A {@link VectorStore} that lives and dies with the process. Searches are exact. */
export class InMemoryVectorStore implements VectorStore {
  readonly maxCandidates: number = Infinity;
  readonly #dimensions: PerSpace<number>;
  readonly #items = new Map<string, EmbeddedItem>();
  #writes = 0;

  constructor(dimensions: PerSpace<number>) {
    this.#dimensions = dimensions;
  }

  upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult> {
    return settle(() => {
      const startedAt = performance.now();
      const ids = new Set(items.map(({ item }) => item.itemId));
      if (ids.size < items.length) throw new VectorStoreError('STORE_FAILED', 'An id occurs twice in one upsert');
      for (const { embeddings } of items) for (const space of EMBEDDING_SPACES) this.#check(space, embeddings[space]);

      this.#writes++;
      const failures: UpsertFailure[] = [];
      for (const item of items) {
        const reason = refusalOf(item.item);
        if (reason === undefined) this.#items.set(item.item.itemId, copyOf(item));
        else failures.push({ itemId: item.item.itemId, reason });
      }
      return batchInsertResult(items, failures, startedAt);
    });
  }

  updateMetadata(items: readonly StoredItem[]): Promise<BatchInsertResult> {
    return settle(() => {
      const startedAt = performance.now();
      this.#writes++;
      const failures: UpsertFailure[] = [];
      for (const { item, provenance } of items) {
        const { itemId } = item;
        const stored = this.#items.get(itemId);
        const reason = stored ? refusalOf(item) : 'it is not stored';
        if (stored && reason === undefined) this.#items.set(itemId, copyOf({ ...stored, item, provenance }));
        else failures.push({ itemId, reason: reason ?? '' });
      }
      return batchInsertResult(items, failures, startedAt);
    });
  }

  filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return settle(() => new Set(itemIds.filter((id) => this.#items.has(id))));
  }

  async *getAllIds(): AsyncIterable<string> {
    await Promise.resolve();
    yield* this.#items.keys();
  }

  async *listItems(): AsyncIterable<StoredItem> {
    await Promise.resolve();
    for (const { item, provenance } of this.#items.values()) yield { item, provenance };
  }

  getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]> {
    return settle(() =>
      itemIds.flatMap((id) => {
        const stored = this.#items.get(id);
        return stored ? [copyOf(stored)] : [];
      }),
    );
  }

  async getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]> {
    return (await this.getByIds(itemIds)).map(({ item, provenance }) => ({ item, provenance }));
  }

  delete(itemIds: readonly string[]): Promise<void> {
    return settle(() => {
      this.#writes++;
      for (const id of itemIds) this.#items.delete(id);
    });
  }

  count(filter?: StoreFilter): Promise<number> {
    return settle(() => this.#passing(filter).length);
  }

  distinctValues(field: LooseTest['field'], limit: number): Promise<string[] | undefined> {
    return settle(() => {
      const values = new Set(this.#passing().map(({ item }) => item[field]));
      return values.size > limit ? undefined : [...values];
    });
  }

  revision(): Promise<string | undefined> {
    return settle(() => String(this.#writes));
  }

  clear(): Promise<void> {
    return settle(() => {
      this.#writes++;
      this.#items.clear();
    });
  }

  candidates({ space, vector, topK, filter }: NeighbourQuery): Promise<ScoredId[]> {
    return settle(() => {
      this.#check(space, vector);
      return this.#passing(filter)
        .map(({ item: { itemId }, embeddings }) => ({ itemId, score: cosine(vector, embeddings[space]) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, topK);
    });
  }

  scores(itemIds: readonly string[], space: EmbeddingSpace, vector: Float32Array): Promise<Map<string, number>> {
    return settle(() => {
      this.#check(space, vector);
      return new Map(
        itemIds.flatMap((itemId): [string, number][] => {
          const stored = this.#items.get(itemId);
          return stored ? [[itemId, cosine(vector, stored.embeddings[space])]] : [];
        }),
      );
    });
  }

  #passing(filter: StoreFilter = { op: 'and', filters: [] }): EmbeddedItem[] {
    const passes = itemTest(filter);
    return [...this.#items.values()].filter((stored) => passes(stored));
  }

  #check(space: EmbeddingSpace, vector: Float32Array): void {
    if (vector.length !== this.#dimensions[space]) {
      throw new EmbeddingDimensionError(
        `A ${space} vector has ${String(this.#dimensions[space])} dimensions, not ${String(vector.length)}`,
      );
    }
    if (!(Math.abs(lengthOf(vector) - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EmbeddingDimensionError(`A ${space} vector has a length other than 1`);
    }
  }
}

function copyOf({ item, provenance, embeddings }: EmbeddedItem): EmbeddedItem {
  return {
    item: { ...item, title: item.title.toWellFormed(), description: cutDescription(item.description) },
    provenance,
    embeddings: perSpace((space) => embeddings[space].slice()),
  };
}

function refusalOf(item: FashionItem): string | undefined {
  if (item.itemId === '') return 'the id is empty';
  if (item.itemId.length > MAX_ID_LENGTH) return `the id is longer than ${String(MAX_ID_LENGTH)} characters`;
  if (/\p{Cc}/u.test(item.itemId)) return 'the id has a control character';
  if (!(item.price >= 0) || !Number.isFinite(item.price)) return 'the price is no number of 0 or more';
  // A description that is too long is cut, not refused.
  const texts = Object.entries({ ...item, description: '' });
  const long = texts.find(([, text]) => typeof text === 'string' && text.length > MAX_TEXT_LENGTH);
  return long && `${long[0]}: is longer than ${String(MAX_TEXT_LENGTH)} characters`;
}
