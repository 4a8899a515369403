import {
  ITEM_SOURCES,
  type FashionItem,
  type ItemSourceName,
  type Provenance,
  type StoredItem,
} from './fashion-item.js';

interface FieldTypes {
  text: string;
  number: number;
  source: ItemSourceName;
}

interface Field<Name extends string> {
  readonly name: Name;
  /** As data that leaves the process names it; those of provenance are ours alone, and have a prefix. */
  readonly key: string;
  readonly type: keyof FieldTypes;
  /** No part of what a user sees of an item: which one it is, when and from where it was read. */
  readonly isUnseen?: true;
}

/**
 * The fields of an item. What is written of one, wherever it is, has them in this order, with those of its provenance
 * behind them: a journal's entry, an archive's columns.
 */
const ITEM_FIELDS = [
  { name: 'itemId', key: 'item_id', type: 'text', isUnseen: true },
  { name: 'title', key: 'title', type: 'text' },
  { name: 'price', key: 'price', type: 'number' },
  { name: 'currency', key: 'currency', type: 'text' },
  { name: 'description', key: 'description', type: 'text' },
  { name: 'brand', key: 'brand', type: 'text' },
  { name: 'size', key: 'size', type: 'text' },
  { name: 'condition', key: 'condition', type: 'text' },
  { name: 'imageUrl', key: 'image_url', type: 'text' },
  { name: 'url', key: 'url', type: 'text' },
  { name: 'category', key: 'category', type: 'text' },
  { name: 'sellerId', key: 'seller_id', type: 'text' },
  { name: 'scrapedAt', key: 'scraped_at', type: 'text', isUnseen: true },
  { name: 'localImagePath', key: 'local_image_path', type: 'text', isUnseen: true },
] as const satisfies readonly Field<keyof FashionItem>[];

const PROVENANCE_FIELDS = [
  { name: 'source', key: 'fm_source', type: 'source' },
  { name: 'filePath', key: 'fm_file_path', type: 'text' },
  { name: 'fileSize', key: 'fm_file_size', type: 'number' },
  { name: 'fileMtimeMs', key: 'fm_file_mtime_ms', type: 'number' },
  { name: 'contentSha256', key: 'fm_content_sha256', type: 'text' },
] as const satisfies readonly Field<keyof Provenance>[];

/** The fields of a stored item: those of the item, then those of its provenance. */
export const STORED_FIELDS = [...ITEM_FIELDS, ...PROVENANCE_FIELDS] as const;

/** One row of {@link STORED_FIELDS}. */
export type StoredField = (typeof STORED_FIELDS)[number];

type ItemField = (typeof ITEM_FIELDS)[number];

const SEEN_FIELDS = ITEM_FIELDS.filter(
  (field): field is Exclude<ItemField, { readonly isUnseen: true }> => !('isUnseen' in field),
);

/** What a stored item holds, field by field in the order of {@link STORED_FIELDS}. */
export function storedEntries({ item, provenance }: StoredItem): (readonly [StoredField, string | number])[] {
  return [
    ...ITEM_FIELDS.map((field) => [field, item[field.name]] as const),
    ...PROVENANCE_FIELDS.map((field) => [field, provenance[field.name]] as const),
  ];
}

/** What a user sees of an item. When and from where it was read does not count. */
export function seenValues(item: Omit<FashionItem, 'itemId'>): (string | number)[] {
  return SEEN_FIELDS.map(({ name }) => item[name]);
}

/**
 * The item that holds these values, in the order of {@link STORED_FIELDS}; undefined where one is missing or too many,
 * or is not of its field's type. Numbers are finite.
 */
export function storedItemOf(values: readonly unknown[]): StoredItem | undefined {
  if (values.length !== STORED_FIELDS.length) return undefined;
  const item = {};
  const provenance = {};
  const isItem = fill(item, ITEM_FIELDS, values, 0) && fill(provenance, PROVENANCE_FIELDS, values, ITEM_FIELDS.length);
  return isItem ? { item, provenance } : undefined;
}

/** Two items that read the same to a user: the same values in every field. */
export function sameMetadata(a: FashionItem, b: FashionItem): boolean {
  return ITEM_FIELDS.every(({ name }) => a[name] === b[name]);
}

/** Two records of an item that say the same to readers and to the next run. */
export function sameStored(a: StoredItem, b: StoredItem): boolean {
  return (
    sameMetadata(a.item, b.item) && PROVENANCE_FIELDS.every(({ name }) => a.provenance[name] === b.provenance[name])
  );
}

/**
 * Gives `record` the fields, whose values begin at a place; false where one is of another type. By hand and in one
 * loop: a run begins by reading every item that is stored.
 */
function fill<Row extends StoredField>(
  record: Record<string, unknown>,
  fields: readonly Row[],
  values: readonly unknown[],
  start: number,
): record is { readonly [R in Row as R['name']]: FieldTypes[R['type']] } {
  let place = start;
  for (const { name, type } of fields) {
    const value = values[place++];
    if (!hasType(value, type)) return false;
    record[name] = value;
  }
  return true;
}

function hasType(value: unknown, type: keyof FieldTypes): boolean {
  if (type === 'text') return typeof value === 'string';
  return type === 'number' ? Number.isFinite(value) : ITEM_SOURCES.some((source) => source === value);
}
