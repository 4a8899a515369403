import {
  documentOf,
  reasonOf,
  VectorStoreError,
  type EmbeddingSpace,
  type HalfRecord,
  type HalfRow,
  type PerSpace,
  type StoredItem,
  type StoreHalf,
  type UpsertFailure,
} from '@fashionmatch/domain';

import { ChromaCollection, type VectorRecord } from './chroma-collection.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { fromChromaRecord, toChromaRecord } from './chroma-record.js';
import { adoptCollection, endAdoption } from './adopt-collection.js';
import { findCollection, isOurs, nameOf, replaceCollection, type CollectionPairOptions } from './collection-pair.js';
import { isolateRefused } from './connection/isolate-refused.js';
import { requestParts } from './connection/request-parts.js';
import { storable } from './storable-ids.js';
import { writeFitting } from './write-fitting.js';
import { checkVector } from '../vector-checks.js';

export interface ChromaStoreHalvesOptions extends Omit<CollectionPairOptions, 'connection'> {
  /** Undefined where there is no server because nothing was ever stored: neither half exists then. */
  readonly connection: ChromaConnection | undefined;
  /** Rows a write; see the store's own. */
  readonly batchSize: number;
}

/** How many neighbours a search for damage asks for; the index visits far more on its way. */
const NEIGHBOURS = 10;

/**
 * Both collections of a store, each by itself and in whatever state it is.
 *
 * @throws CollectionError `ENCODER_MISMATCH` when one holds vectors of another encoder.
 */
export async function openChromaStoreHalves(options: ChromaStoreHalvesOptions): Promise<PerSpace<StoreHalf>> {
  return { clip: await ChromaStoreHalf.open('clip', options), dino: await ChromaStoreHalf.open('dino', options) };
}

class ChromaStoreHalf implements StoreHalf {
  readonly name: string;
  readonly #space: EmbeddingSpace;
  readonly #options: ChromaStoreHalvesOptions;
  #collection: ChromaCollection | undefined;

  private constructor(
    space: EmbeddingSpace,
    options: ChromaStoreHalvesOptions,
    collection: ChromaCollection | undefined,
  ) {
    this.name = nameOf(options, space);
    this.#space = space;
    this.#options = options;
    this.#collection = collection;
  }

  static async open(space: EmbeddingSpace, options: ChromaStoreHalvesOptions): Promise<ChromaStoreHalf> {
    const { connection, adopting = false } = options;
    if (connection && adopting) await endAdoption(space, { ...options, connection });
    const collection = connection && (await findCollection(space, { ...options, connection }));
    return new ChromaStoreHalf(space, options, collection);
  }

  get isForeign(): boolean {
    return this.#collection !== undefined && !isOurs(this.#collection);
  }

  async exists(): Promise<boolean> {
    const { connection } = this.#options;
    if (connection === undefined || this.#collection === undefined) return false;
    // Asked anew: whether the server is there, too, is what the answer tells.
    return (await ChromaCollection.find(connection, this.name)) !== undefined;
  }

  async *getAllIds(): AsyncIterable<string> {
    if (this.#collection === undefined) return;
    for await (const page of this.#collection.pagesOfIds()) yield* page;
  }

  async filterStored(itemIds: readonly string[]): Promise<Set<string>> {
    return (await this.#collection?.present(storable(itemIds))) ?? new Set();
  }

  async getRows(itemIds: readonly string[]): Promise<HalfRow[]> {
    const collection = this.#collection;
    if (collection === undefined) return [];
    const rows = await collection.getByIds(storable(itemIds), { document: true });
    const found = Array.from(rows, ([itemId, { vector, metadata, document }]) => ({
      itemId,
      // What the server sends for a value that is no number is null.
      vector: Float32Array.from(vector, (value: unknown) => (typeof value === 'number' ? value : Number.NaN)),
      stored: readItem(itemId, metadata),
      document: document ?? '',
    }));
    const prices = new Map(found.flatMap(({ itemId, stored }) => (stored ? [[itemId, stored.item.price]] : [])));
    const outdated = await collection.withIntegerPrice(prices);
    return found.map((row) => ({ ...row, outdated: outdated.has(row.itemId) || lacksDocument(row) }));
  }

  async trySearch(vector: Float32Array): Promise<void> {
    await this.#collection?.query(vector, NEIGHBOURS, undefined);
  }

  async put(records: readonly HalfRecord[]): Promise<UpsertFailure[]> {
    const collection = this.#collection;
    if (collection === undefined) throw new VectorStoreError('STORE_FAILED', `There is no collection ${this.name}`);
    const { encoders, batchSize } = this.#options;
    for (const { stored, vector } of records) checkVector(vector, this.#space, encoders, stored.item.itemId);
    const items = records.map(({ stored, vector }) => ({ ...stored, vector }));
    const { limits } = collection;
    return writeFitting(
      items,
      limits,
      ({ vector }) => ({ vector }),
      async (rows) => {
        const failures: UpsertFailure[] = [];
        const size = {
          maxRows: Math.min(batchSize, limits.of('records')),
          dimensions: encoders[this.#space].dimensions,
        };
        for (const part of requestParts(rows, size)) failures.push(...(await putPart(collection, part)));
        return failures;
      },
    );
  }

  async refresh(items: readonly StoredItem[]): Promise<UpsertFailure[]> {
    const collection = this.#collection;
    if (collection === undefined) return [];
    // Chroma merges metadata with what is there: what other programs keep beside ours stays.
    return writeFitting(items, collection.limits, NOTHING_ELSE, async (records) => {
      const ids = records.map(({ id }) => id);
      const there = await collection.getByIds(ids, { vector: false, metadata: false, document: true });
      await collection.updateMetadata(
        records.map((record) => (there.get(record.id)?.document ? { ...record, document: null } : record)),
      );
      return [];
    });
  }

  refusals(items: readonly StoredItem[]): UpsertFailure[] {
    return items.flatMap((stored) => {
      const record = toChromaRecord(stored, this.#collection?.limits);
      return 'refusal' in record ? [{ itemId: stored.item.itemId, reason: record.refusal }] : [];
    });
  }

  async adopt(): Promise<void> {
    const { connection } = this.#options;
    const foreign = this.#collection;
    if (connection === undefined || foreign === undefined || isOurs(foreign)) return;
    this.#collection = await adoptCollection(foreign, this.#space, { ...this.#options, connection });
  }

  async delete(itemIds: readonly string[]): Promise<void> {
    const ids = storable(itemIds);
    if (ids.length > 0) await this.#collection?.delete(ids);
  }

  async replace(): Promise<void> {
    const { connection } = this.#options;
    if (connection === undefined) throw new VectorStoreError('STORE_FAILED', 'The store was opened for reading only');
    this.#collection = await replaceCollection(this.#space, { ...this.#options, connection });
  }
}

const NOTHING_ELSE = (): object => ({});

/** Taken out first, for Chroma would merge the metadata with what is there. */
async function putPart(collection: ChromaCollection, rows: readonly VectorRecord[]): Promise<UpsertFailure[]> {
  const present = await collection.present(rows.map(({ id }) => id));
  if (present.size > 0) await collection.delete([...present]);
  const refused = await isolateRefused(rows, (part) => collection.upsert(part));
  return refused.map(({ record, error }) => ({ itemId: record.id, reason: reasonOf(error) }));
}

function lacksDocument({ stored, document }: Pick<HalfRow, 'stored' | 'document'>): boolean {
  return stored !== undefined && document === '' && documentOf(stored.item) !== '';
}

function readItem(itemId: string, metadata: unknown): StoredItem | undefined {
  try {
    return fromChromaRecord(itemId, metadata);
  } catch (thrown) {
    if (thrown instanceof VectorStoreError) return undefined;
    throw thrown;
  }
}
