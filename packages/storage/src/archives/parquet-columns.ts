import { STORED_FIELDS } from '@fashionmatch/domain';
import type { SchemaElement } from 'hyparquet';

/** The columns of the two vectors: lists of float32. */
export const VECTOR_COLUMNS = { clip: 'clip_embedding', dino: 'dino_embedding' } as const;

/** Those of clip-retrieval, which no archive of ours has. */
const OTHER_COLUMNS = ['key', 'id', 'image_path', 'caption'];

const SCALAR_COLUMNS = new Set<string>([...STORED_FIELDS.map(({ key }) => key), ...OTHER_COLUMNS]);

/** Whether a column's values are read for an item's fields. */
export const isScalarColumn = (name: string): boolean => SCALAR_COLUMNS.has(name);

/** The key of the file's metadata that has the archive's document. */
export const DOCUMENT_KEY = 'fashionmatch';

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const NUMBER = { type: 'DOUBLE' } as const;

const scalarColumns = STORED_FIELDS.map(({ key, type }): SchemaElement => ({
  name: key,
  repetition_type: 'REQUIRED',
  ...(type === 'number' ? NUMBER : TEXT),
}));

/** The standard three levels of a list, none of them nullable (https://github.com/apache/parquet-format, LogicalTypes.md). */
const listColumn = (name: string): SchemaElement[] => [
  { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', type: 'FLOAT' },
];

export const PARQUET_SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: scalarColumns.length + 2 },
  ...scalarColumns,
  ...listColumn(VECTOR_COLUMNS.clip),
  ...listColumn(VECTOR_COLUMNS.dino),
];
