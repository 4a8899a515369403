import {
  batchInsertResult,
  CollectionError,
  cosine,
  FilterTooLargeError,
  itemTest,
  perSpace,
  perSpaceAsync,
  reasonOf,
  VectorStoreError,
  type BatchInsertResult,
  type EmbeddedItem,
  type EmbeddingSpace,
  type LooseTest,
  type NeighbourQuery,
  type ScoredId,
  type StoreFilter,
  type StoredItem,
  type UpsertFailure,
  type VectorStore,
} from '@fashionmatch/domain';
import pLimit from 'p-limit';

import type { Neighbour } from './chroma-collection.js';
import type { Where } from './connection/chroma-client.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { fromChromaRecord } from './chroma-record.js';
import {
  ensureCollectionPair,
  findCollectionPair,
  inBoth,
  replaceCollectionPair,
  type CollectionPair,
  type CollectionPairOptions,
} from './collection-pair.js';
import { DistinctValues } from './distinct-values.js';
import { keyOf, toWhere } from './metadata-filter-where.js';
import { RequestLimits } from './connection/request-limits.js';
import { requestParts } from './connection/request-parts.js';
import { storable } from './storable-ids.js';
import { storeInBoth, updateInBoth } from './store-in-both.js';
import { writeFitting } from './write-fitting.js';
import { checkBatch, checkVector } from '../vector-checks.js';

export interface ChromaVectorStoreOptions extends Omit<CollectionPairOptions, 'connection'> {
  /** Undefined where there is no server because nothing was ever stored: the store is then empty, for reading. */
  readonly connection: ChromaConnection | undefined;
  /**
   * Items an upsert, at most what the server takes; 100 unless given. `kill -9` tore Chroma's index in 2 of 48
   * runs with upserts of 1,000, and in 0 of 60 with upserts of 100.
   */
  readonly batchSize?: number | undefined;
  /** False for those who only read: collections that are not there are not made, and the store is empty. */
  readonly create?: boolean | undefined;
  /** Whether collections of another encoder are to be emptied; an error unless given. */
  readonly replaceOther?: boolean | undefined;
  /** Of all that the server has; unknown unless given. */
  readonly revision?: (() => Promise<string | undefined>) | undefined;
}

const DEFAULT_BATCH_SIZE = 100;

const NO_LIMITS = new RequestLimits(Infinity);
const NOTHING_ELSE = (): object => ({});

/**
 * A store of two Chroma collections, `{collectionName}_clip` and `{collectionName}_dino`, with the same
 * ids and metadata. Its connection stays open when it is disposed.
 *
 * @throws CollectionError `ENCODER_MISMATCH` when the collections hold vectors of another encoder.
 * @throws VectorStoreError as {@link ChromaConnection.request} does; so do all methods.
 */
export async function openChromaVectorStore(options: ChromaVectorStoreOptions): Promise<VectorStore & AsyncDisposable> {
  const { connection, create = true, replaceOther = false, batchSize = DEFAULT_BATCH_SIZE } = options;
  if (connection === undefined) return new ChromaVectorStore(options, undefined, batchSize);
  const pairOptions = { ...options, connection };
  const open = create ? ensureCollectionPair : findCollectionPair;
  const pair = await open(pairOptions).catch((error: unknown) => {
    if (!replaceOther || !(error instanceof CollectionError) || error.code !== 'ENCODER_MISMATCH') throw error;
    return replaceCollectionPair(pairOptions);
  });
  if (create && pair !== undefined) {
    for (const half of [pair.clip, pair.dino]) {
      // A damaged collection must open too, or nobody could clear or mend it.
      const items = await half.count().catch(() => 'unknown');
      options.logger.info(`Collections initialized: ${half.name} (${String(items)} items)`);
    }
  }
  return new ChromaVectorStore(pairOptions, pair, batchSize);
}

class ChromaVectorStore implements VectorStore, AsyncDisposable {
  readonly #options: ChromaVectorStoreOptions;
  readonly #batchSize: number;
  #pair: CollectionPair | undefined;
  /** One write at a time: two of the same id would leave one collection with the one, one with the other. */
  readonly #writing = pLimit(1);
  readonly #values = new DistinctValues();
  /** How many items there were, as of a revision: who shows that asks for it every few seconds. */
  #counted: { readonly revision: string | undefined; readonly items: number } | undefined;

  constructor(options: ChromaVectorStoreOptions, pair: CollectionPair | undefined, batchSize: number) {
    this.#options = options;
    this.#pair = pair;
    this.#batchSize = batchSize;
  }

  async upsert(items: readonly EmbeddedItem[]): Promise<BatchInsertResult> {
    const startedAt = performance.now();
    checkBatch(items, this.#options.encoders);
    const { clip, dino } = this.#options.encoders;
    const dimensions = Math.max(clip.dimensions, dino.dimensions);
    const rest = ({ embeddings }: EmbeddedItem): Pick<EmbeddedItem, 'embeddings'> => ({ embeddings });
    const failures = await writeFitting(items, this.#limits, rest, async (records) => {
      const refused: UpsertFailure[] = [];
      const maxRows = Math.min(this.#batchSize, this.#limits.of('records'));
      for (const part of requestParts(records, { maxRows, dimensions })) {
        refused.push(...(await this.#write((pair) => storeInBoth(pair, part))));
      }
      return refused;
    });
    return batchInsertResult(items, failures, startedAt);
  }

  async updateMetadata(items: readonly StoredItem[]): Promise<BatchInsertResult> {
    const startedAt = performance.now();
    const failures = await writeFitting(items, this.#limits, NOTHING_ELSE, async (records) => {
      // Of an item that comes twice, the last counts.
      const latest = [...new Map(records.map((record) => [record.id, record])).values()];
      return latest.length > 0 ? this.#write((pair) => updateInBoth(pair, latest)) : [];
    });
    return batchInsertResult(items, failures, startedAt);
  }

  async filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return this.#pair === undefined ? new Set() : inBoth(this.#pair, storable(itemIds));
  }

  /** Removing items while this goes on can hide others from it. */
  async *getAllIds(): AsyncIterable<string> {
    for await (const page of this.#pagesOfIds()) yield* page;
  }

  /** Removing items while this goes on can hide others from it. */
  async *listItems(): AsyncIterable<StoredItem> {
    const pair = this.#pair;
    if (pair === undefined) return;
    for await (const rows of pair.clip.pagesOfRows()) {
      const whole = await pair.dino.present(rows.map(({ id }) => id));
      for (const { id, metadata } of rows) if (whole.has(id)) yield fromChromaRecord(id, metadata);
    }
  }

  async getByIds(itemIds: readonly string[]): Promise<EmbeddedItem[]> {
    const pair = this.#pair;
    if (pair === undefined) return [];
    const ids = storable(itemIds);
    // The metadata are the clip collection's.
    const { clip, dino } = await perSpaceAsync((space) => pair[space].getByIds(ids, { metadata: space === 'clip' }));
    return itemIds.flatMap((id) => {
      const [inClip, inDino] = [clip.get(id), dino.get(id)];
      if (inClip === undefined || inDino === undefined) return [];
      const rows = { clip: inClip, dino: inDino };
      const embeddings = perSpace((space) => this.#readVector(space, rows[space].vector, id));
      return [{ ...fromChromaRecord(id, inClip.metadata), embeddings }];
    });
  }

  async getItemsByIds(itemIds: readonly string[]): Promise<StoredItem[]> {
    const rows = (await this.#pair?.clip.getByIds(storable(itemIds), { vector: false })) ?? [];
    return Array.from(rows, ([id, { metadata }]) => fromChromaRecord(id, metadata));
  }

  async delete(itemIds: readonly string[]): Promise<void> {
    const ids = storable(itemIds);
    if (ids.length === 0) return;
    await this.#write(async (pair) => {
      await pair.clip.delete(ids);
      await pair.dino.delete(ids);
    });
  }

  async count(filter?: StoreFilter): Promise<number> {
    const condition = filter === undefined ? 'all' : toWhere(filter);
    if (condition === 'none') return 0;
    if (filter !== undefined && condition !== 'all') return this.#countMeeting(filter, condition);
    const revision = await this.revision();
    if (revision !== undefined && revision === this.#counted?.revision) return this.#counted.items;
    const items = await this.#countAll();
    this.#counted = { revision, items };
    return items;
  }

  async #countAll(): Promise<number> {
    if (this.#pair === undefined || (await this.#pair.clip.count()) === 0) return 0;
    // The collections' own counts would take halves for items.
    let count = 0;
    for await (const page of this.#pagesOfIds()) count += page.length;
    return count;
  }

  async distinctValues(field: LooseTest['field'], limit: number): Promise<string[] | undefined> {
    return this.#pair === undefined ? [] : this.#values.of(this.#pair.clip, keyOf(field), limit);
  }

  async revision(): Promise<string | undefined> {
    return this.#options.revision?.();
  }

  async clear(): Promise<void> {
    await this.#write(async () => {
      const { connection } = this.#options;
      if (connection !== undefined) this.#pair = await replaceCollectionPair({ ...this.#options, connection });
    });
  }

  get maxCandidates(): number {
    return this.#limits.of('neighbours');
  }

  async candidates({ space, vector, topK, filter }: NeighbourQuery): Promise<ScoredId[]> {
    checkVector(vector, space, this.#options.encoders, 'the query');
    const condition = filter === undefined ? 'all' : toWhere(filter);
    const pair = this.#pair;
    if (pair === undefined || topK < 1 || condition === 'none') return [];
    return (await pair[space].query(vector, topK, condition === 'all' ? undefined : condition)).map(toScoredId);
  }

  async scores(itemIds: readonly string[], space: EmbeddingSpace, query: Float32Array): Promise<Map<string, number>> {
    checkVector(query, space, this.#options.encoders, 'the query');
    const rows = (await this.#pair?.[space].getByIds(storable(itemIds), { metadata: false })) ?? [];
    return new Map(Array.from(rows, ([id, { vector }]) => [id, cosine(query, this.#readVector(space, vector, id))]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing(() => undefined);
  }

  /** One by one where the server does not take the condition. */
  async #countMeeting(filter: StoreFilter, condition: Where): Promise<number> {
    try {
      return (await this.#pair?.clip.countWhere(condition)) ?? 0;
    } catch (thrown) {
      if (!(thrown instanceof FilterTooLargeError)) throw thrown;
      const passes = itemTest(filter);
      let count = 0;
      for await (const stored of this.listItems()) if (passes(stored)) count++;
      return count;
    }
  }

  async *#pagesOfIds(): AsyncGenerator<string[]> {
    const pair = this.#pair;
    if (pair === undefined) return;
    const [inClip, inDino] = [pair.clip.pagesOfIds(), pair.dino.pagesOfIds()];
    const read = () => {
      const pages = Promise.all([inClip.next(), inDino.next()]);
      // Nobody may want it any more.
      pages.catch(() => undefined);
      return pages;
    };
    for (let next: ReturnType<typeof read> | undefined, page = 1; ; page++) {
      const [clip, dino] = await (next ?? read());
      if (clip.done) return;
      // The server looks for the next page while this one is made use of. Who only asks whether there is anything has
      // enough of the first.
      next = page > 1 ? read() : undefined;
      // Both are in the order of insertion, so that most ids of a page are in the other's page too.
      const beside = new Set(dino.done ? [] : dino.value);
      const elsewhere = await pair.dino.present(clip.value.filter((id) => !beside.has(id)));
      yield clip.value.filter((id) => beside.has(id) || elsewhere.has(id));
    }
  }

  get #limits(): RequestLimits {
    return this.#options.connection?.limits ?? NO_LIMITS;
  }

  #write<T>(run: (pair: CollectionPair) => Promise<T>): Promise<T> {
    return this.#writing(() => {
      if (this.#pair !== undefined) return run(this.#pair);
      throw new VectorStoreError('STORE_FAILED', 'There is no store to write to: it was opened for reading only');
    });
  }

  #readVector(space: EmbeddingSpace, vector: readonly number[], itemId: string): Float32Array {
    if (vector.length === this.#options.encoders[space].dimensions) return Float32Array.from(vector);
    throw new VectorStoreError(
      'STORE_FAILED',
      `The stored ${space} vector of ${reasonOf(itemId)} cannot be read: run \`fashionmatch verify --repair\``,
    );
  }
}

/** Rounding can put a distance a little below 0 or above 2. */
function toScoredId({ id, distance }: Neighbour): ScoredId {
  return { itemId: id, score: Math.min(1, Math.max(-1, 1 - distance)) };
}
