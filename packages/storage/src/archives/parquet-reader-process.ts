/**
 * Reads a Parquet file for another process: opens the file that its argument names, answers the number of a part
 * with the part's rows, and ends with the channel. The library takes a file's word for everything, and a page
 * of ten bytes can claim two thousand million values: what that costs, it costs this process, whose memory is limited.
 */
import type { FileHandle } from 'node:fs/promises';

import { ItemError, MAX_TEXT_LENGTH } from '@fashionmatch/domain';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
} from 'hyparquet';

import { CODECS, isKnownCodec } from './parquet-codecs.js';
import { DOCUMENT_KEY, isScalarColumn, VECTOR_COLUMNS } from './parquet-columns.js';
import type { ParquetReply, ParquetRow } from './parquet-reader-protocol.js';
import { VectorPages, type ReadVector } from './parquet-vectors.js';
import { MAX_PART_BYTES, UnreadableParquet } from './unreadable-parquet.js';
import { openRegularFile, readBytes } from '../files/safe-open.js';

/** What is longer comes cut, and still too long: it is refused or, a description, cut once more with a mark. */
const KEPT_TEXT_LENGTH = MAX_TEXT_LENGTH + 1;

/** Of all texts of a part together, for one text in the file can stand in every row. */
const MAX_PART_TEXT_LENGTH = 64 * 2 ** 20;

/** Other programs put up to a million rows in a group; ours put 500. */
const ROWS_PER_PART = 2_000;

/** Rows of one row group that are read at once. Both count from 0, the second within the group. */
interface Part {
  readonly group: number;
  readonly from: number;
  readonly rows: number;
}

function bufferOf(file: FileHandle, size: number): AsyncBuffer {
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const length = end - start;
      if (length > MAX_PART_BYTES) {
        throw new UnreadableParquet(
          'it has a part that is larger than a part can be: write it in row groups of 20,000 rows',
        );
      }
      const bytes = start >= 0 && length >= 0 ? await readBytes(file, start, length) : Buffer.alloc(0);
      if (bytes.length !== length) throw new UnreadableParquet('it is cut short');
      return bytes.buffer;
    },
  };
}

type VectorColumn = keyof typeof VECTOR_COLUMNS;

type Pages = Partial<Record<VectorColumn, VectorPages>>;

class ParquetReader {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #columns: ReadonlySet<string>;
  readonly #scalars: string[];
  readonly #parts: readonly Part[];
  /** Where the vectors of the next part begin. */
  #pages: Pages = {};
  #next: Part | undefined;

  constructor(file: AsyncBuffer, metadata: FileMetaData) {
    this.#file = file;
    this.#metadata = metadata;
    this.#columns = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
    this.#scalars = [...this.#columns].filter(isScalarColumn);
    this.#parts = metadata.row_groups.flatMap(({ num_rows: all }, group) =>
      Array.from({ length: Math.ceil(Number(all) / ROWS_PER_PART) }, (_, i): Part => {
        const from = i * ROWS_PER_PART;
        return { group, from, rows: Math.min(ROWS_PER_PART, Number(all) - from) };
      }),
    );
  }

  describe(): ParquetReply {
    const document = this.#metadata.key_value_metadata?.find(({ key }) => key === DOCUMENT_KEY)?.value;
    const columns = [...this.#scalars, ...Object.values(VECTOR_COLUMNS).filter((name) => this.#columns.has(name))];
    return { kind: 'opened', parts: this.#parts.map(({ rows }) => rows), columns, document };
  }

  async part(number: number): Promise<ParquetReply> {
    const part = this.#parts[number];
    if (part === undefined) throw new UnreadableParquet(`it has no part ${String(number)}`);
    const columns = this.#metadata.row_groups[part.group]?.columns.map(({ meta_data: column }) => column) ?? [];
    const codec = columns.map((column) => column?.codec).find((name) => !isKnownCodec(name));
    if (codec !== undefined) {
      throw new UnreadableParquet(`it is compressed with ${codec}: write it with compression='zstd' or 'snappy'`);
    }
    // One after the other: the values of a column take ten times as much memory as what comes of them.
    const scalars = withoutLongTexts(await this.#readScalars(part));
    if (part !== this.#next) this.#pages = await this.#pagesFrom(part, columns);
    const clip = await this.#take('clip', part);
    const dino = await this.#take('dino', part);
    this.#next = this.#parts[number + 1]?.group === part.group ? this.#parts[number + 1] : undefined;
    return {
      kind: 'part',
      rows: scalars.map((fields, i): ParquetRow => ({ fields, clip: clip?.[i], dino: dino?.[i] })),
    };
  }

  async #readScalars({ group, from, rows }: Part): Promise<Record<string, unknown>[]> {
    const before = this.#metadata.row_groups.slice(0, group);
    const rowStart = before.reduce((sum, { num_rows }) => sum + Number(num_rows), from);
    const [file, metadata, columns] = [this.#file, this.#metadata, this.#scalars];
    const rowEnd = rowStart + rows;
    return parquetReadObjects({ file, metadata, compressors: CODECS, columns, rowStart, rowEnd, geoparquet: false });
  }

  async #pagesFrom(part: Part, columns: readonly (ColumnMetaData | undefined)[]): Promise<Pages> {
    const pages: Pages = {};
    for (const space of ['clip', 'dino'] as const) {
      const column = columns.find((one) => one?.path_in_schema[0] === VECTOR_COLUMNS[space]);
      if (column === undefined) continue;
      const reader = new VectorPages(this.#file, this.#metadata, column);
      for (let row = 0; row < part.from; row += ROWS_PER_PART) await reader.take(ROWS_PER_PART);
      pages[space] = reader;
    }
    return pages;
  }

  /** Null for a row that has none. */
  async #take(space: VectorColumn, { rows }: Part): Promise<ReadVector[] | undefined> {
    const vectors = await this.#pages[space]?.take(rows);
    if (vectors !== undefined && vectors.length < rows) throw new UnreadableParquet('it is cut short');
    return vectors;
  }
}

/** Texts, numbers and times, as far as they can be an item's; of all else only that it is neither. */
function withoutLongTexts(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  let length = 0;
  const scalarOf = (value: unknown): unknown => {
    if (typeof value === 'string') {
      length += Math.min(value.length, KEPT_TEXT_LENGTH);
      if (length > MAX_PART_TEXT_LENGTH) throw new UnreadableParquet('its texts are longer than texts can be');
      return value.slice(0, KEPT_TEXT_LENGTH);
    }
    // An id, of which no digit may be lost, is taken as a text later.
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? {} : value.toISOString();
    return typeof value === 'object' && value !== null ? {} : value;
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, scalarOf(value)])));
}

async function answer(work: () => Promise<ParquetReply>): Promise<void> {
  const reply = await work().catch((error: unknown): ParquetReply => ({ kind: 'fault', reason: reasonOf(error) }));
  process.send?.(reply);
}

function reasonOf(error: unknown): string {
  if (error instanceof UnreadableParquet || error instanceof ItemError) return error.message;
  return `it is damaged, or no Parquet file (${String(error)})`;
}

// An interrupt from the terminal is meant for the other process, which ends this one when it is done.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

const opening = (async () => {
  const { file, size } = await openRegularFile(process.argv[2] ?? '', undefined);
  const buffer = bufferOf(file, size);
  return new ParquetReader(buffer, await parquetMetadataAsync(buffer, { geoparquet: false }));
})();
process.on('message', (number: number) => void answer(async () => (await opening).part(number)));
await answer(async () => (await opening).describe());
