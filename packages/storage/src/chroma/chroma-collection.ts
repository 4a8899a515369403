import { z } from 'zod';

import { chunksOf } from '../chunks-of.js';
import type { Collection, Metadata, Where } from './connection/chroma-client.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { ChromaNotFound } from './connection/chroma-faults.js';
import type { ChromaMetadata } from './chroma-record.js';
import { requestParts } from './connection/request-parts.js';

/** One row of a collection, to be written. */
export interface VectorRecord {
  readonly id: string;
  readonly vector: Float32Array;
  readonly metadata: ChromaMetadata;
}

/** A row as it is stored. */
export interface StoredRow {
  readonly vector: readonly number[];
  readonly metadata: unknown;
}

/** A row as whoever wrote it left it. */
export interface RawRow {
  readonly id: string;
  readonly vector: readonly number[];
  readonly metadata: Metadata | null;
  readonly document: string | null;
}

export interface Neighbour {
  readonly id: string;
  readonly distance: number;
}

/** Chroma binds every id as a variable of one SQL statement, and a page with metadata as several. */
const IDS_PER_REQUEST = 5_000;
export const ROWS_PER_REQUEST = 1_000;

/** Chroma goes through all rows before the first: 82,000 ids took 3.2 s in pages of 5,000, and 1.1 s so. */
const IDS_PER_PAGE = 30_000;

/** Each request goes through all rows: with 5,000 a request, counting 82,000 took nine times as long. */
const COUNTED_PER_REQUEST = 100_000;

/**
 * The index's breadth, chosen with `tools/dist/measure-index.js`: made quickly, with few candidates for a
 * vector's links, and searched widely. A wide search finds more than a carefully made index does, and
 * costs less than making one ([docs/decisions](../../../docs/decisions/2026-11-29-wide-search.md)).
 */
const INDEX = { space: 'cosine', max_neighbors: 32, ef_construction: 64, ef_search: 4_000 } as const;

const indexSchema = z.object({
  hnsw: z.object({ space: z.string() }).nullish(),
  spann: z.object({ space: z.string() }).nullish(),
});

/** Keeps the client from looking for a model for texts: there are none. */
export const NO_TEXTS = { generate: (): Promise<never> => Promise.reject(new RangeError('No texts are stored')) };

/** One collection of a Chroma server. Calls may be made with any number of ids; they are split. */
export class ChromaCollection {
  readonly name: string;
  /** The collection's own, not that of its rows. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** `cosine`, `l2` or `ip`, as the server says; see `comparesByCosine`. */
  readonly distance: string | undefined;
  readonly #id: string;
  readonly #connection: ChromaConnection;

  private constructor(connection: ChromaConnection, { id, name, metadata, configuration }: Collection) {
    this.#connection = connection;
    this.#id = id;
    this.name = name;
    this.metadata = metadata ?? {};
    const { hnsw, spann } = indexSchema.parse(configuration);
    this.distance = hnsw?.space ?? spann?.space;
  }

  static async find(connection: ChromaConnection, name: string): Promise<ChromaCollection | undefined> {
    try {
      const found = await connection.request((client) => client.getCollection({ name, embeddingFunction: NO_TEXTS }));
      return new ChromaCollection(connection, found);
    } catch (thrown) {
      if (thrown instanceof ChromaNotFound) return undefined;
      throw thrown;
    }
  }

  /** The collection of that name, which may be another's: what it is made for must be compared. */
  static async findOrCreate(
    connection: ChromaConnection,
    name: string,
    metadata: ChromaMetadata,
  ): Promise<ChromaCollection> {
    const configuration = { hnsw: { ...INDEX } };
    const created = await connection.write((client) =>
      client.getOrCreateCollection({ name, metadata: { ...metadata }, configuration, embeddingFunction: null }),
    );
    return new ChromaCollection(connection, created);
  }

  /** From now on the collection has another name, which nobody may have; the object is of no use afterwards. */
  async rename(name: string): Promise<void> {
    // The client changes no collection that it knows by its id alone.
    await this.#connection.write(async (client) =>
      (await client.getCollection({ name: this.name, embeddingFunction: NO_TEXTS })).modify({ name }),
    );
  }

  /** Removes the collection with all its rows; the object is of no use afterwards. */
  async drop(): Promise<void> {
    try {
      await this.#connection.write((client) => client.deleteCollection({ name: this.name }));
    } catch (thrown) {
      if (!(thrown instanceof ChromaNotFound)) throw thrown;
    }
  }

  /**
   * At most `maxBatchSize` of the connection at once.
   *
   * @throws ChromaRefusal when one of the records is not taken; none is stored then.
   */
  upsert(records: readonly VectorRecord[]): Promise<void> {
    return this.#write((collection) =>
      collection.upsert({
        ids: records.map(({ id }) => id),
        embeddings: records.map(({ vector }) => [...vector]),
        metadatas: records.map(({ metadata }) => ({ ...metadata })),
      }),
    );
  }

  /** Writes rows that are another collection's, with all that stands beside their vectors. */
  async addRaw(rows: readonly RawRow[], dimensions: number): Promise<void> {
    // The client takes a document of each row, or none at all.
    const withDocument = rows.filter(({ document }) => document !== null);
    const others = rows.filter(({ document }) => document === null);
    for (const some of [withDocument, others]) {
      for (const part of requestParts(some, { maxRows: this.#maxRows, dimensions })) {
        const documents = part.flatMap(({ document }) => document ?? []);
        await this.#write((collection) =>
          collection.add({
            ids: part.map(({ id }) => id),
            embeddings: part.map(({ vector }) => [...vector]),
            metadatas: part.map(({ metadata }) => metadata ?? {}),
            ...(documents.length > 0 && { documents }),
          }),
        );
      }
    }
  }

  /** Rows that are not there are left out in silence. */
  async updateMetadata(rows: readonly Pick<VectorRecord, 'id' | 'metadata'>[]): Promise<void> {
    for (const part of requestParts(rows, { maxRows: this.#maxRows })) {
      await this.#write((collection) =>
        collection.update({ ids: part.map(({ id }) => id), metadatas: part.map(({ metadata }) => ({ ...metadata })) }),
      );
    }
  }

  /**
   * Which of these rows have their price as an integer. Nothing that the client makes of an answer tells 42 from 42.0;
   * but Chroma cuts off the fraction of what it compares an integer with, so that to it 42 is 42.5, and 42.0 is not.
   */
  async withIntegerPrice(prices: ReadonlyMap<string, number>): Promise<Set<string>> {
    const whole = [...prices].filter(([, price]) => Number.isSafeInteger(price));
    const found = new Set<string>();
    for (const part of chunksOf(whole, ROWS_PER_REQUEST)) {
      const where = { price: { $in: [...new Set(part.map(([, price]) => price + 0.5))] } };
      const ids = part.map(([id]) => id);
      const page = await this.#request((collection) => collection.get({ ids, where, include: [] }));
      for (const id of page.ids) found.add(id);
    }
    return found;
  }

  async delete(ids: readonly string[]): Promise<void> {
    for (const part of chunksOf(ids, ROWS_PER_REQUEST)) {
      await this.#write((collection) => collection.delete({ ids: part }));
    }
  }

  count(): Promise<number> {
    return this.#request((collection) => collection.count());
  }

  /** How many rows meet a condition: their ids have to come, for Chroma itself counts all or nothing. */
  async countWhere(where: Where): Promise<number> {
    let count = 0;
    for (let isLast = false; !isLast;) {
      const offset = count;
      const page = await this.#request((collection) =>
        collection.get({ where, offset, limit: COUNTED_PER_REQUEST, include: [] }),
      );
      count += page.ids.length;
      isLast = page.ids.length < COUNTED_PER_REQUEST;
    }
    return count;
  }

  /** Which of the ids it has. */
  async present(ids: readonly string[]): Promise<Set<string>> {
    const present = new Set<string>();
    for (const part of chunksOf(ids, IDS_PER_REQUEST)) {
      const found = await this.#request((collection) => collection.get({ ids: part, include: [] }));
      for (const id of found.ids) present.add(id);
    }
    return present;
  }

  /** Ids from the `offset`-th on, in the order of insertion. */
  async ids(offset: number, limit: number): Promise<string[]> {
    return (await this.#request((collection) => collection.get({ offset, limit, include: [] }))).ids;
  }

  /** All ids, in the order of insertion. Removing rows meanwhile can hide others. */
  async *pagesOfIds(): AsyncGenerator<string[], void> {
    for (let offset = 0, isLast = false; !isLast; offset += IDS_PER_PAGE) {
      const ids = await this.ids(offset, IDS_PER_PAGE);
      isLast = ids.length < IDS_PER_PAGE;
      yield ids;
    }
  }

  /** Rows from the `offset`-th on, in the order of insertion; fewer than {@link ROWS_PER_REQUEST} are the last. */
  async rows(offset: number): Promise<{ id: string; metadata: unknown }[]> {
    const page = await this.#request((collection) =>
      collection.get({ offset, limit: ROWS_PER_REQUEST, include: ['metadatas'] }),
    );
    return page.rows();
  }

  /** Some rows that meet a condition: fewer than {@link ROWS_PER_REQUEST} are all. */
  async rowsWhere(where: Where | undefined): Promise<{ id: string; metadata: unknown }[]> {
    const page = await this.#request((collection) =>
      collection.get({ limit: ROWS_PER_REQUEST, include: ['metadatas'], ...(where !== undefined && { where }) }),
    );
    return page.rows();
  }

  /** All rows whole, some at a time, in the order of insertion. */
  async *pagesOfRawRows(): AsyncGenerator<RawRow[], void> {
    for await (const ids of this.pagesOfIds()) {
      for (const part of chunksOf(ids, ROWS_PER_REQUEST)) {
        const page = await this.#request((collection) =>
          collection.get({ ids: part, include: ['embeddings', 'metadatas', 'documents'] }),
        );
        yield page.rows().map(({ id, embedding, metadata, document }) => ({
          id,
          vector: embedding ?? [],
          metadata: metadata ?? null,
          document: document ?? null,
        }));
      }
    }
  }

  /** The rows that it has of these ids, by id. To leave out `metadata` halves the time. */
  async getByIds(
    ids: readonly string[],
    { metadata: withMetadata = true }: { metadata?: boolean } = {},
  ): Promise<Map<string, StoredRow>> {
    const found = new Map<string, StoredRow>();
    for (const part of chunksOf(ids, ROWS_PER_REQUEST)) {
      const rows = await this.#request((collection) =>
        collection.get({ ids: part, include: withMetadata ? ['metadatas', 'embeddings'] : ['embeddings'] }),
      );
      for (const { id, embedding, metadata } of rows.rows()) found.set(id, { vector: embedding ?? [], metadata });
    }
    return found;
  }

  /** The nearest rows, best first; `distance` is 1 less the cosine similarity. */
  async query(vector: Float32Array, limit: number, where: Where | undefined): Promise<Neighbour[]> {
    const result = await this.#request((collection) =>
      collection.query({
        queryEmbeddings: [[...vector]],
        nResults: limit,
        include: ['distances'],
        ...(where !== undefined && { where }),
      }),
    );
    return Array.from(result.rows()[0] ?? [], ({ id, distance }) => ({ id, distance: distance ?? Number.NaN }));
  }

  get #maxRows(): number {
    return Math.min(ROWS_PER_REQUEST, this.#connection.maxBatchSize);
  }

  #request<T>(use: (collection: Collection) => Promise<T>): Promise<T> {
    return this.#connection.request((client) => use(client.collection(this.#id)));
  }

  #write<T>(use: (collection: Collection) => Promise<T>): Promise<T> {
    return this.#connection.write((client) => use(client.collection(this.#id)));
  }
}
