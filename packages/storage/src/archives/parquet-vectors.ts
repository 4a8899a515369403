import { parquetSchema, type AsyncBuffer, type DecodedArray, type FileMetaData, type RowGroup } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getTreePath } from 'hyparquet/src/schema.js';

import { CODECS } from './parquet-codecs.js';
import { MAX_PART_BYTES, tooLargePage, UnreadableParquet } from './unreadable-parquet.js';

/** A row's vector; null where it has none, undefined where it is no list of numbers. */
export type ReadVector = Float32Array<ArrayBuffer> | null | undefined;

/** More than the header of a page has, its statistics included. */
const MAX_HEADER_BYTES = 64 * 2 ** 10;

type Column = NonNullable<RowGroup['columns'][number]['meta_data']>;

/**
 * The vectors of one column in one row group, page by page: DuckDB puts 122,880 rows in a group and pandas a million,
 * whose vectors are not to be in memory at once.
 */
export class VectorPages {
  readonly #file: AsyncBuffer;
  readonly #decoder: Parameters<typeof readPage>[2];
  #offset: number;
  readonly #end: number;
  #dictionary: DecodedArray | undefined;
  /** Rows of the last page, of which the last may go on in the next. */
  #rows: unknown[] = [];

  constructor(file: AsyncBuffer, metadata: FileMetaData, column: Column) {
    this.#file = file;
    const { path_in_schema: pathInSchema } = column;
    const schemaPath = getTreePath(parquetSchema(metadata), pathInSchema);
    const element = schemaPath.at(-1)?.element;
    if (element === undefined) throw new UnreadableParquet(`it has no values in ${pathInSchema.join('.')}`);
    this.#decoder = { ...column, pathInSchema, element, schemaPath, compressors: CODECS, parsers: DEFAULT_PARSERS };
    const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size } = column;
    // Some write 0 for no dictionary.
    this.#offset = Number(dictionary && dictionary < data ? dictionary : data);
    this.#end = this.#offset + Number(size);
  }

  /** The next rows, fewer than `count` only at the end. */
  async take(count: number): Promise<ReadVector[]> {
    const vectors: ReadVector[] = [];
    while (vectors.length < count) {
      const isOver = this.#offset >= this.#end;
      const whole = isOver ? this.#rows.length : this.#rows.length - 1;
      for (const row of this.#rows.splice(0, Math.max(0, Math.min(whole, count - vectors.length)))) {
        vectors.push(vectorIn(row));
      }
      if (vectors.length === count || (isOver && this.#rows.length === 0)) break;
      if (!isOver) await this.#readPage();
    }
    return vectors;
  }

  async #readPage(): Promise<void> {
    const headerEnd = Math.min(this.#offset + MAX_HEADER_BYTES, this.#end);
    const beginning = { view: new DataView(await this.#file.slice(this.#offset, headerEnd)), offset: 0 };
    const header = parquetHeader(beginning);
    const { compressed_page_size: size, uncompressed_page_size: length } = header;
    if (!(size >= 0 && size <= MAX_PART_BYTES && length >= 0 && length <= MAX_PART_BYTES)) {
      throw tooLargePage();
    }
    const start = this.#offset + beginning.offset;
    this.#offset = start + size;
    const page = { view: new DataView(await this.#file.slice(start, this.#offset)), offset: 0 };
    const { data } = readPage(page, header, this.#decoder, this.#dictionary, this.#rows, 0);
    if (header.type === 'DICTIONARY_PAGE') this.#dictionary = data && convert(data, this.#decoder);
    else if (data !== undefined && data !== this.#rows) this.#rows = this.#rows.concat(Array.from<unknown>(data));
  }
}

function vectorIn(row: unknown): ReadVector {
  if (row === null || row === undefined) return null;
  const values: unknown[] = Array.isArray(row) ? row.flat(2) : [row];
  if (values.length === 0) return null;
  return values.every((value) => typeof value === 'number') ? Float32Array.from(values) : undefined;
}
