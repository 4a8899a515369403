import {
  cutDescription,
  ITEM_SOURCES,
  MAX_ID_LENGTH,
  MAX_TEXT_LENGTH,
  STORED_FIELDS,
  storedEntries,
  storedItemOf,
  type StoredField,
  type StoredItem,
} from '@fashionmatch/domain';
import { z } from 'zod';

/** An item's fields by their keys: those of the original program, which other readers know, and ours with a prefix. */
export type ItemRecord = Readonly<Record<string, string | number>>;

type FieldSchemas = Readonly<Partial<Record<StoredField['name'], z.ZodType>> & Record<StoredField['type'], z.ZodType>>;

const id = z
  .string()
  .min(1, 'the id is empty')
  .max(MAX_ID_LENGTH, `the id is longer than ${String(MAX_ID_LENGTH)} characters`)
  .refine((text) => !/\p{Cc}/u.test(text), 'the id has a control character')
  .refine((text) => text.isWellFormed(), 'the id is no well-formed text');

/** A lone half of a surrogate pair in any text would fail the whole request. */
const text = z
  .string()
  .max(MAX_TEXT_LENGTH, `is longer than ${String(MAX_TEXT_LENGTH)} characters`)
  .transform((value) => value.toWellFormed());

/** What other programs stored as a number or not at all is still a text to us. */
const storedText = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)])
  .nullish()
  .transform((value) => value ?? '');

const price = z.number('the price is no number').min(0, 'the price is negative');
const source = z.enum(ITEM_SOURCES);

const OUTGOING: FieldSchemas = {
  text,
  number: z.number(),
  source,
  itemId: id,
  price,
  description: z
    .string()
    .transform((value) => cutDescription(value))
    .pipe(text),
  fileSize: z.number().min(0),
};

const STORED: FieldSchemas = {
  text: storedText,
  number: z.number().default(0),
  source: source.optional(),
  itemId: z.unknown().optional(),
  price: price.default(0),
  filePath: z.string().optional(),
  contentSha256: z.string().default(''),
};

const outgoingSchema = schemaOf('name', OUTGOING);
const storedSchema = schemaOf('key', STORED);

function schemaOf(label: 'name' | 'key', schemas: FieldSchemas): z.ZodType<Record<string, unknown>> {
  return z.object(
    Object.fromEntries(STORED_FIELDS.map((field) => [field[label], schemas[field.name] ?? schemas[field.type]])),
  );
}

/** An item's fields as they are named in a record; nothing is checked. */
export function toItemRecord(stored: StoredItem): ItemRecord {
  return Object.fromEntries(storedEntries(stored).map(([{ key }, value]) => [key, value]));
}

/** The item as it can be stored, or one sentence about why it cannot be. */
export function storable(stored: StoredItem): StoredItem | { refusal: string } {
  const fields = Object.fromEntries(storedEntries(stored).map(([{ name }, value]) => [name, value]));
  const parsed = outgoingSchema.safeParse(fields);
  return parsed.success ? itemOf(({ name }) => parsed.data[name]) : { refusal: describe(parsed.error) };
}

/**
 * The item that a record of unknown origin belongs to, or one sentence about why it is none. What the original program
 * stored has no keys of ours: its image is then the local one, of unknown size, time and content.
 */
export function parseItemRecord(itemId: string, record: unknown): StoredItem | { refusal: string } {
  const parsed = storedSchema.safeParse(record ?? {});
  if (!parsed.success) return { refusal: describe(parsed.error) };
  const { url, local_image_path: path } = parsed.data;
  const isFile = typeof url === 'string' && url.startsWith('file:');
  const absent: Readonly<Record<string, unknown>> = {
    fm_source: isFile ? 'references' : 'scraped',
    fm_file_path: path,
  };
  return itemOf(({ key }) => (key === 'item_id' ? itemId : (parsed.data[key] ?? absent[key])));
}

function itemOf(valueOf: (field: StoredField) => unknown): StoredItem | { refusal: string } {
  return storedItemOf(STORED_FIELDS.map(valueOf)) ?? { refusal: 'unknown fault' };
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues;
  if (first === undefined) return 'unknown fault';
  const field = first.path.at(-1);
  return first.message.startsWith('the ') ? first.message : `${String(field)}: ${first.message}`;
}
