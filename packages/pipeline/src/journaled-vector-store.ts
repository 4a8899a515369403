import {
  cosine,
  perSpace,
  type BatchInsertResult,
  type EmbeddedItem,
  type EmbeddingJournal,
  type EmbeddingSpace,
  type LooseTest,
  type NeighbourQuery,
  type PerSpace,
  type ScoredId,
  type StoreFilter,
  type StoredItem,
  type VectorOrigin,
  type VectorStore,
} from '@fashionmatch/domain';

import { batches } from './batches.js';
import type { EncoderHandle } from './hybrid-scorer.js';
import { NO_JOURNAL } from './no-journal.js';

/** Items read from the journal at once. */
const LISTED_AT_ONCE = 1_000;

/**
 * A store whose vectors are in a journal too. The order of the writes is what a kill at any moment leaves
 * behind: vectors are in the journal before the store has them, so that none is ever encoded twice; items are
 * in the journal only when the store has them, so that the journal never takes an item for stored that is not.
 */
export class JournaledVectorStore implements VectorStore {
  readonly #store: VectorStore;
  readonly #journal: EmbeddingJournal;
  readonly #encoderIds: PerSpace<string>;
  readonly #origin: VectorOrigin;

  /** @param origin of the vectors that are upserted. */
  constructor(
    store: VectorStore,
    journal: EmbeddingJournal,
    encoderIds: PerSpace<string>,
    origin: VectorOrigin = 'encoded',
  ) {
    this.#store = store;
    this.#journal = journal;
    this.#encoderIds = encoderIds;
    this.#origin = origin;
  }

  async upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult> {
    await this.#journal.appendVectors(items, this.#encoderIds, this.#origin);
    const result = await this.#store.upsert(items);
    await this.#remember(items, result);
    return result;
  }

  async updateMetadata(items: readonly StoredItem[]): Promise<BatchInsertResult> {
    const result = await this.#store.updateMetadata(items);
    await this.#remember(items, result);
    return result;
  }

  async delete(itemIds: readonly string[]): Promise<void> {
    await this.#store.delete(itemIds);
    await this.#journal.remove(itemIds);
  }

  /** Empties the store. The journal keeps what it has: filling the store again costs no encoding. */
  clear(): Promise<void> {
    return this.#store.clear();
  }

  filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return this.#store.filterStored(itemIds);
  }

  getAllIds(): AsyncIterable<string> {
    return this.#store.getAllIds();
  }

  /**
   * The journal is read in place of the store's metadata, which takes a Chroma server twenty times as long; which
   * items are stored, the store says.
   */
  async *listItems(): AsyncIterable<StoredItem> {
    const unjournaled = new Set<string>();
    for await (const ids of batches(this.#store.getAllIds(), LISTED_AT_ONCE)) {
      for (const id of ids) unjournaled.add(id);
      for (const stored of await this.#journal.getItemsByIds(ids)) {
        unjournaled.delete(stored.item.itemId);
        yield stored;
      }
    }
    if (unjournaled.size === 0) return;
    for await (const stored of this.#store.listItems()) if (unjournaled.has(stored.item.itemId)) yield stored;
  }

  getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]> {
    return this.#store.getByIds(itemIds);
  }

  /** The journal's, which come in a fraction of the time; the store's where the journal lacks one. */
  async getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]> {
    const remembered = await this.#journal.getItemsByIds(itemIds);
    if (remembered.length === itemIds.length) return remembered;
    const known = new Set(remembered.map(({ item }) => item.itemId));
    return [...remembered, ...(await this.#store.getItemsByIds(itemIds.filter((id) => !known.has(id))))];
  }

  count(filter?: StoreFilter): Promise<number> {
    return this.#store.count(filter);
  }

  distinctValues(field: LooseTest['field'], limit: number): Promise<string[] | undefined> {
    return this.#store.distinctValues(field, limit);
  }

  /** The journal follows the store: what is read of both is of one time only where neither changed. */
  async revision(): Promise<string | undefined> {
    const [ofStore, ofJournal] = await Promise.all([this.#store.revision(), this.#journal.revision()]);
    return ofStore === undefined ? undefined : `${ofStore} ${ofJournal}`;
  }

  get maxCandidates(): number {
    return this.#store.maxCandidates;
  }

  candidates(query: NeighbourQuery): Promise<ScoredId[]> {
    return this.#store.candidates(query);
  }

  /**
   * Computed from the journal's vectors, which come in a fraction of the time that a store needs to send its own; from
   * the store's where the journal lacks one.
   */
  async scores(itemIds: readonly string[], space: EmbeddingSpace, vector: Float32Array): Promise<Map<string, number>> {
    // The store is asked in any case: it alone knows what vectors can be compared with.
    const scores = await this.#store.scores([], space, vector);
    const others: string[] = [];
    for await (const some of batches(itemIds, LISTED_AT_ONCE)) {
      const remembered = await this.#remembered(some, space);
      for (const [id, stored] of remembered) scores.set(id, cosine(vector, stored));
      others.push(...some.filter((id) => !remembered.has(id)));
    }
    if (others.length === 0) return scores;
    for (const [id, score] of await this.#store.scores(others, space, vector)) scores.set(id, score);
    return scores;
  }

  async #remember(items: readonly StoredItem[], { failures }: BatchInsertResult): Promise<void> {
    const refused = new Set(failures.map(({ itemId }) => itemId));
    await this.#journal.updateItems(items.filter(({ item }) => !refused.has(item.itemId)));
  }

  async #remembered(itemIds: readonly string[], space: EmbeddingSpace): Promise<Map<string, Float32Array>> {
    const items = await this.#journal.getItemsByIds(itemIds);
    const contents = items.map(({ provenance }) => provenance.contentSha256);
    const vectors = await this.#journal.getVectors(this.#encoderIds[space], contents);
    return new Map(
      items.flatMap(({ item, provenance }): [string, Float32Array][] => {
        const vector = vectors.get(provenance.contentSha256);
        return vector === undefined ? [] : [[item.itemId, vector]];
      }),
    );
  }
}

/** The same store where there is no journal. */
export function journaled(
  store: VectorStore,
  journal: EmbeddingJournal,
  handles: PerSpace<EncoderHandle>,
  origin?: VectorOrigin,
): VectorStore {
  if (journal === NO_JOURNAL) return store;
  return new JournaledVectorStore(
    store,
    journal,
    perSpace((space) => handles[space].id),
    origin,
  );
}
