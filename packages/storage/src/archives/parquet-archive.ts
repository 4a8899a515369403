import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import {
  EMBEDDING_SPACES,
  perSpace,
  STORED_FIELDS,
  type ArchiveDimensions,
  type ArchiveEntry,
  type ArchiveWriteOptions,
  type EmbeddedItem,
  type EmbeddingSpace,
  type ItemArchive,
  type OpenedItemArchive,
} from '@fashionmatch/domain';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

import { archiveDocument, parseArchiveDocument, unreadableArchive } from './archive-document.js';
import { toArchiveEntry } from './archive-row.js';
import { DOCUMENT_KEY, PARQUET_SCHEMA, VECTOR_COLUMNS } from './parquet-columns.js';
import { openParquet, type ParquetReader } from './parquet-reader.js';
import { existingFiles, replaceFiles } from './replace-files.js';
import { toItemRecord } from '../item-record.js';
import { checkBatch } from '../vector-checks.js';

/** Of each, one at least. */
const REQUIRED_COLUMNS = [['item_id'], Object.values(VECTOR_COLUMNS)] as const;

/**
 * An archive in one Parquet file: a column for each field, the vectors as lists of float32, a row group for each page,
 * and what made the vectors as JSON under `fashionmatch` in the file's metadata.
 */
export function parquetArchive(path: string): ItemArchive {
  return {
    folder: dirname(path),
    files: [path],
    existing: () => existingFiles([path]),
    write: (pages, options) =>
      replaceFiles([path], options.overwrite ?? false, (fileAt) => writePages(fileAt(path), pages, options)),
    open: () => openArchive(path),
  };
}

async function writePages(
  file: FileHandle,
  pages: AsyncIterable<readonly EmbeddedItem[]>,
  { encoders }: ArchiveWriteOptions,
): Promise<void> {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: PARQUET_SCHEMA,
    kvMetadata: [{ key: DOCUMENT_KEY, value: archiveDocument(encoders) }],
    createdBy: 'fashionmatch',
  });
  const flush = async (): Promise<void> => {
    await file.writeFile(writer.getBytes());
    // What it counts on is `offset`, which goes on.
    writer.index = 0;
  };
  for await (const page of pages) {
    checkBatch(page, encoders);
    if (page.length > 0) await parquet.write({ columnData: columnsOf(page), rowGroupSize: page.length });
    await flush();
  }
  await parquet.finish();
  await flush();
}

type Column = Parameters<ParquetWriter['write']>[0]['columnData'][number];

function columnsOf(page: readonly EmbeddedItem[]): Column[] {
  const rows = page.map(toItemRecord);
  const scalars = STORED_FIELDS.map(({ key }): Column => ({ name: key, data: rows.map((row) => row[key]) }));
  return [...scalars, vectorColumn(page, 'clip'), vectorColumn(page, 'dino')];
}

/** As it is: values of vectors neither repeat nor compress, and their least and greatest say nothing. */
function vectorColumn(page: readonly EmbeddedItem[], space: EmbeddingSpace): Column {
  const data = page.map(({ embeddings }) => Array.from(embeddings[space]));
  return { name: VECTOR_COLUMNS[space], data, encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false };
}

async function openArchive(path: string): Promise<OpenedItemArchive> {
  const parquet = await openParquet(path);
  try {
    const missing = REQUIRED_COLUMNS.find((names) => !names.some((name) => parquet.columns.includes(name)));
    if (missing !== undefined) throw unreadableArchive(path, `it has no column ${missing.join(' or ')}`);
    return {
      name: path,
      encoders: parseArchiveDocument(parquet.document, path),
      spaces: EMBEDDING_SPACES.filter((space) => parquet.columns.includes(VECTOR_COLUMNS[space])),
      size: parquet.parts.reduce((sum, rows) => sum + rows, 0),
      entries: (dimensions) => entriesOf(parquet, dimensions),
      [Symbol.asyncDispose]: () => parquet[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parquet[Symbol.asyncDispose]();
    throw error;
  }
}

async function* entriesOf(parquet: ParquetReader, dimensions: ArchiveDimensions): AsyncGenerator<ArchiveEntry> {
  const has = perSpace((space) => parquet.columns.includes(VECTOR_COLUMNS[space]));
  let row = 0;
  for (const part of parquet.parts.keys()) {
    for (const read of await parquet.read(part)) {
      row++;
      const vectors = perSpace((space) => (has[space] ? read[space] : null));
      yield toArchiveEntry({ row, fields: read.fields, vectors }, dimensions);
    }
  }
}
