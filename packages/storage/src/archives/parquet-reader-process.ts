/**
 * Reads a Parquet file for another process: opens the file that its argument names, answers the number of a row
 * group with the group's rows, and ends with the channel. The library takes a file's word for everything, and a page
 * of ten bytes can claim two thousand million values: what that costs, it costs this process, whose memory is limited.
 */
import type { FileHandle } from 'node:fs/promises';

import { ItemError, MAX_TEXT_LENGTH, STORED_FIELDS } from '@fashionmatch/domain';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  snappyUncompress,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet';

import { DOCUMENT_KEY, VECTOR_COLUMNS } from './parquet-columns.js';
import type { ParquetReply, ParquetRow } from './parquet-reader-protocol.js';
import { openRegularFile, readBytes } from '../files/safe-open.js';

/** A group of ours takes 2 MB. Reading one of this size takes 630 MB of memory. */
const MAX_PART_BYTES = 128 * 2 ** 20;

/** What is longer comes cut, and still too long: it is refused or, a description, cut once more with a mark. */
const KEPT_TEXT_LENGTH = MAX_TEXT_LENGTH + 1;

/** Of all texts of a group together, for one text in the file can stand in every row. */
const MAX_GROUP_TEXT_LENGTH = 64 * 2 ** 20;

/** What is wrong with the file, in words for users. */
class Unreadable extends Error {}

const REQUIRED_COLUMNS = ['item_id', 'fm_content_sha256', VECTOR_COLUMNS.clip, VECTOR_COLUMNS.dino];

const CODECS = new Set<string | undefined>(['SNAPPY', 'UNCOMPRESSED']);

const COMPRESSORS = {
  SNAPPY: (input: Uint8Array, length: number): Uint8Array => {
    if (length > MAX_PART_BYTES) throw new Unreadable('it has a page that is larger than a page can be');
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
};

function bufferOf(file: FileHandle, size: number): AsyncBuffer {
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const length = end - start;
      if (length > MAX_PART_BYTES) throw new Unreadable('it has a part that is larger than a part can be');
      const bytes = start >= 0 && length >= 0 ? await readBytes(file, start, length) : Buffer.alloc(0);
      if (bytes.length !== length) throw new Unreadable('it is cut short');
      return bytes.buffer;
    },
  };
}

class ParquetReader {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #scalars: string[];

  constructor(file: AsyncBuffer, metadata: FileMetaData) {
    this.#file = file;
    this.#metadata = metadata;
    const columns = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
    const missing = REQUIRED_COLUMNS.find((name) => !columns.has(name));
    if (missing !== undefined) throw new Unreadable(`it has no column ${missing}`);
    this.#scalars = STORED_FIELDS.map(({ key }) => key).filter((key) => columns.has(key));
  }

  describe(): ParquetReply {
    const document = this.#metadata.key_value_metadata?.find(({ key }) => key === DOCUMENT_KEY)?.value;
    const groups = this.#metadata.row_groups.map((group) => Number(group.num_rows));
    return { kind: 'opened', groups, document };
  }

  async group(number: number): Promise<ParquetReply> {
    const group = this.#metadata.row_groups[number];
    if (group === undefined) throw new Unreadable(`it has no row group ${String(number)}`);
    if (group.total_byte_size > MAX_PART_BYTES) {
      const size = String(group.total_byte_size / 1_048_576n);
      throw new Unreadable(`row group ${String(number)} has ${size} MiB: write it with row_group_size=5000`);
    }
    const codec = group.columns.map((column) => column.meta_data?.codec).find((name) => !CODECS.has(name));
    if (codec !== undefined) throw new Unreadable(`it is compressed with ${codec}: write it with compression='snappy'`);
    const before = this.#metadata.row_groups.slice(0, number);
    const rowStart = before.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
    const rowEnd = rowStart + Number(group.num_rows);
    // One after the other: the values of a column take ten times as much memory as what comes of them.
    const scalars = await this.#read(this.#scalars, rowStart, rowEnd);
    const clip = (await this.#read([VECTOR_COLUMNS.clip], rowStart, rowEnd)).map((row) => vectorIn(row));
    const dino = (await this.#read([VECTOR_COLUMNS.dino], rowStart, rowEnd)).map((row) => vectorIn(row));
    const rows = withoutLongTexts(scalars).map((fields, i): ParquetRow => ({ fields, clip: clip[i], dino: dino[i] }));
    return { kind: 'group', rows };
  }

  #read(columns: string[], rowStart: number, rowEnd: number): Promise<Record<string, unknown>[]> {
    const [file, metadata, compressors] = [this.#file, this.#metadata, COMPRESSORS];
    return parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd, geoparquet: false });
  }
}

function vectorIn(row: Record<string, unknown>): Float32Array<ArrayBuffer> | undefined {
  const [values] = Object.values(row);
  const isVector = Array.isArray(values) && values.every((value) => typeof value === 'number');
  return isVector ? Float32Array.from(values) : undefined;
}

/** Texts and numbers, as far as they can be an item's; of all else only that it is neither. */
function withoutLongTexts(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  let length = 0;
  const scalarOf = (value: unknown): unknown => {
    if (typeof value === 'string') {
      length += Math.min(value.length, KEPT_TEXT_LENGTH);
      if (length > MAX_GROUP_TEXT_LENGTH) throw new Unreadable('its texts are longer than texts can be');
      return value.slice(0, KEPT_TEXT_LENGTH);
    }
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'object' && value !== null ? {} : value;
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, scalarOf(value)])));
}

async function answer(work: () => Promise<ParquetReply>): Promise<void> {
  const reply = await work().catch((error: unknown): ParquetReply => ({ kind: 'fault', reason: reasonOf(error) }));
  process.send?.(reply);
}

function reasonOf(error: unknown): string {
  if (error instanceof Unreadable || error instanceof ItemError) return error.message;
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
process.on('message', (number: number) => void answer(async () => (await opening).group(number)));
await answer(async () => (await opening).describe());
