import { z } from 'zod';

import { requireTaken } from './condition-size.js';
import type { Collection, Include, Metadata, Where } from './connection/chroma-client.js';
import type { ChromaConnection } from './connection/chroma-connection.js';
import { ChromaNotFound } from './connection/chroma-faults.js';
import type { ChromaMetadata, ChromaRecord } from './chroma-record.js';
import { requestParts } from './connection/request-parts.js';
import type { RequestLimits } from './connection/request-limits.js';
import { inColumns, updateRecords, type RowUpdate } from './connection/update-records.js';
import { askInParts, pagesOf, sendInParts, withinLimits } from './connection/within-limits.js';

/** One row of a collection, to be written. */
export interface VectorRecord extends ChromaRecord {
  readonly vector: Float32Array;
}

/** A row as it is stored. */
export interface StoredRow {
  readonly vector: readonly number[];
  readonly metadata: Metadata | null;
  /** Null where there is none, or it was not asked for. */
  readonly document: string | null;
}

/** A row as whoever wrote it left it. */
export interface RawRow extends StoredRow {
  readonly id: string;
}

export interface Neighbour {
  readonly id: string;
  readonly distance: number;
}

/** Chroma binds every id as a variable of one SQL statement, and a page with metadata as several. */
const IDS_PER_REQUEST = 5_000;
const ROWS_PER_REQUEST = 1_000;

/** Chroma goes through all rows before the first: 82,000 ids took 3.2 s in pages of 5,000, and 1.1 s so. */
const [IDS_IN_FIRST_PAGE, IDS_PER_PAGE] = [2_000, 30_000];

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
   * In one request, unless the server takes fewer at once.
   *
   * @throws ChromaRefusal when one of the records is not taken; none of its request's is stored then.
   */
  upsert(records: readonly VectorRecord[]): Promise<void> {
    return sendInParts(this.limits, records, { limit: 'records', most: records.length }, (part) =>
      this.#write((collection) =>
        collection.upsert({ ...inColumns(part), embeddings: part.map(({ vector }) => [...vector]) }),
      ),
    );
  }

  /** Writes rows that are another collection's, with all that stands beside their vectors. */
  async addRaw(rows: readonly RawRow[], dimensions: number): Promise<void> {
    // The client takes a document of each row, or none at all.
    const withDocument = rows.filter(({ document }) => document !== null);
    const others = rows.filter(({ document }) => document === null);
    for (const some of [withDocument, others]) {
      for (const part of requestParts(some, { maxRows: ROWS_PER_REQUEST, dimensions })) {
        await sendInParts(this.limits, part, { limit: 'records', most: ROWS_PER_REQUEST }, (sent) =>
          this.#addRaw(sent),
        );
      }
    }
  }

  /** The documents too. Rows that are not there are left out in silence. */
  async updateMetadata(rows: readonly RowUpdate[]): Promise<void> {
    for (const part of requestParts(rows, { maxRows: ROWS_PER_REQUEST })) {
      await sendInParts(this.limits, part, { limit: 'records', most: ROWS_PER_REQUEST }, (records) =>
        this.#connection.write((client) => updateRecords(client, this.#id, records)),
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
    await sendInParts(this.limits, whole, { limit: 'rows', most: ROWS_PER_REQUEST }, async (part) => {
      const where = { price: { $in: [...new Set(part.map(([, price]) => price + 0.5))] } };
      const asked = { ids: part.map(([id]) => id), limit: part.length, where, include: [] };
      for (const id of (await this.#request((collection) => collection.get(asked))).ids) found.add(id);
    });
    return found;
  }

  delete(ids: readonly string[]): Promise<void> {
    return askInParts(this.limits, ids, { limit: 'records', most: ROWS_PER_REQUEST }, async (part) => {
      await this.#write((collection) => collection.delete({ ids: part }));
    });
  }

  count(): Promise<number> {
    return this.#request((collection) => collection.count());
  }

  /** How many rows meet a condition: their ids have to come, for Chroma counts all or nothing. @throws as {@link query} */
  async countWhere(where: Where): Promise<number> {
    let count = 0;
    const read = async (offset: number, limit: number): Promise<string[]> => {
      requireTaken(where, this.limits);
      return (await this.#request((collection) => collection.get({ where, offset, limit, include: [] }))).ids;
    };
    for await (const ids of pagesOf(this.limits, COUNTED_PER_REQUEST, read)) count += ids.length;
    return count;
  }

  /** Which of the ids it has. */
  async present(ids: readonly string[]): Promise<Set<string>> {
    const present = new Set<string>();
    await askInParts(this.limits, ids, { limit: 'rows', most: IDS_PER_REQUEST }, async (part) => {
      // Without a limit, some servers leave out what is too much for one answer.
      const asked = { ids: part, limit: part.length, include: [] };
      for (const id of (await this.#request((collection) => collection.get(asked))).ids) present.add(id);
    });
    return present;
  }

  /** Ids from the `offset`-th on, in the order of insertion. */
  async ids(offset: number, limit: number): Promise<string[]> {
    return (await this.#request((collection) => collection.get({ offset, limit, include: [] }))).ids;
  }

  /** All ids, in the order of insertion. Removing rows meanwhile can hide others. */
  pagesOfIds(): AsyncGenerator<string[], void> {
    return pagesOf(this.limits, IDS_PER_PAGE, (offset, limit) => this.ids(offset, limit), IDS_IN_FIRST_PAGE);
  }

  /** All rows without their vectors, in the order of insertion. Removing some meanwhile can hide others. */
  pagesOfRows(): AsyncGenerator<{ id: string; metadata: unknown }[], void> {
    return pagesOf(this.limits, ROWS_PER_REQUEST, async (offset, limit) =>
      (await this.#request((collection) => collection.get({ offset, limit, include: ['metadatas'] }))).rows(),
    );
  }

  /** Some rows that meet a condition, and whether there are no others. @throws as {@link query} */
  async rowsWhere(where: Where | undefined): Promise<{ rows: { id: string; metadata: unknown }[]; areAll: boolean }> {
    return withinLimits(this.limits, async () => {
      requireTaken(where, this.limits);
      const limit = Math.min(ROWS_PER_REQUEST, this.limits.of('rows'));
      const asked = { limit, include: ['metadatas' as const], ...(where !== undefined && { where }) };
      const page = await this.#request((collection) => collection.get(asked));
      return { rows: page.rows(), areAll: page.ids.length < limit };
    });
  }

  /** The rows that it has of these ids, by id. To leave out `metadata` halves the time; a `vector` left out is empty. */
  async getByIds(
    ids: readonly string[],
    {
      vector: withVector = true,
      metadata: withMetadata = true,
      document: withDocument = false,
    }: { vector?: boolean; metadata?: boolean; document?: boolean } = {},
  ): Promise<Map<string, StoredRow>> {
    const include: Include[] = [
      ...(withVector ? ['embeddings' as const] : []),
      ...(withMetadata ? ['metadatas' as const] : []),
      ...(withDocument ? ['documents' as const] : []),
    ];
    const found = new Map<string, StoredRow>();
    await askInParts(this.limits, ids, { limit: 'rows', most: ROWS_PER_REQUEST }, async (part) => {
      const asked = { ids: part, limit: part.length, include };
      const rows = await this.#request((collection) => collection.get(asked));
      for (const { id, embedding, metadata, document } of rows.rows()) {
        found.set(id, { vector: embedding ?? [], metadata: metadata ?? null, document: document ?? null });
      }
    });
    return found;
  }

  /**
   * The nearest rows, best first; `distance` is 1 less the cosine similarity. At most as many as the server names at once.
   *
   * @throws FilterTooLargeError when the server does not take so many conditions, or so long a text.
   */
  async query(vector: Float32Array, limit: number, where: Where | undefined): Promise<Neighbour[]> {
    const result = await withinLimits(this.limits, () => {
      requireTaken(where, this.limits);
      return this.#request((collection) =>
        collection.query({
          queryEmbeddings: [[...vector]],
          nResults: Math.min(limit, this.limits.of('neighbours')),
          include: ['distances'],
          ...(where !== undefined && { where }),
        }),
      );
    });
    return Array.from(result.rows()[0] ?? [], ({ id, distance }) => ({ id, distance: distance ?? Number.NaN }));
  }

  get limits(): RequestLimits {
    return this.#connection.limits;
  }

  #addRaw(rows: readonly RawRow[]): Promise<void> {
    const documents = rows.flatMap(({ document }) => document ?? []);
    return this.#write((collection) =>
      collection.add({
        ids: rows.map(({ id }) => id),
        embeddings: rows.map(({ vector }) => [...vector]),
        metadatas: rows.map(({ metadata }) => metadata ?? {}),
        ...(documents.length > 0 && { documents }),
      }),
    );
  }

  #request<T>(use: (collection: Collection) => Promise<T>): Promise<T> {
    return this.#connection.request((client) => use(client.collection(this.#id)));
  }

  #write<T>(use: (collection: Collection) => Promise<T>): Promise<T> {
    return this.#connection.write((client) => use(client.collection(this.#id)));
  }
}
