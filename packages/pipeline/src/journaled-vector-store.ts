import {
  cosine,
  otherSpace,
  type BatchInsertResult,
  type EmbeddedItem,
  type EmbeddingJournal,
  type EmbeddingSpace,
  type NeighbourQuery,
  type PerSpace,
  type ScoredId,
  type StoredItem,
  type VectorOrigin,
  type VectorStore,
} from '@fashionmatch/domain';

import type { EncoderHandle } from './hybrid-scorer.js';
import { NO_JOURNAL } from './no-journal.js';

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

  listItems(): AsyncIterable<StoredItem> {
    return this.#store.listItems();
  }

  getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]> {
    return this.#store.getByIds(itemIds);
  }

  count(): Promise<number> {
    return this.#store.count();
  }

  /**
   * What neighbours score in the other space is computed from the journal's vectors, which come in a fraction of the
   * time that a store needs to send its own; from the store's where the journal lacks one.
   */
  async search(query: NeighbourQuery): Promise<ScoredId[]> {
    const { beside, ...plain } = query;
    if (beside === undefined || query.unchecked !== true) return this.#store.search(query);
    const neighbours = await this.#store.search(plain);
    const scores = await this.#remembered(otherSpace(query.space), beside, neighbours);
    const complete = neighbours.flatMap((neighbour) => {
      const scoreBeside = scores.get(neighbour.itemId);
      return scoreBeside === undefined ? [] : [{ ...neighbour, scoreBeside }];
    });
    return complete.length === neighbours.length ? complete : this.#store.search(query);
  }

  async #remember(items: readonly StoredItem[], { failures }: BatchInsertResult): Promise<void> {
    const refused = new Set(failures.map(({ itemId }) => itemId));
    await this.#journal.updateItems(items.filter(({ item }) => !refused.has(item.itemId)));
  }

  async #remembered(
    space: EmbeddingSpace,
    query: Float32Array,
    neighbours: readonly ScoredId[],
  ): Promise<Map<string, number>> {
    const items = await this.#journal.getItemsByIds(neighbours.map(({ itemId }) => itemId));
    const contents = items.map(({ provenance }) => provenance.contentSha256);
    const vectors = await this.#journal.getVectors(this.#encoderIds[space], contents);
    return new Map(
      items.flatMap(({ item, provenance }): [string, number][] => {
        const vector = vectors.get(provenance.contentSha256);
        return vector === undefined ? [] : [[item.itemId, cosine(query, vector)]];
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
  return new JournaledVectorStore(store, journal, { clip: handles.clip.id, dino: handles.dino.id }, origin);
}
