import {
  cutDescription,
  ITEM_SOURCES,
  MAX_ID_LENGTH,
  MAX_TEXT_LENGTH,
  reasonOf,
  VectorStoreError,
  type StoredItem,
} from '@fashionmatch/domain';
import { z } from 'zod';

/** What Chroma keeps beside a vector. The full set of keys is written always: an upsert merges. */
export type ChromaMetadata = Readonly<Record<string, string | number>>;

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

/** An item on its way to the store. */
const outgoingSchema = z.object({
  item: z.object({
    itemId: id,
    title: text,
    price,
    currency: text,
    description: z.string().transform(cutDescription).pipe(text),
    brand: text,
    size: text,
    condition: text,
    imageUrl: text,
    url: text,
    category: text,
    scrapedAt: text,
    localImagePath: text,
  }),
  provenance: z.object({
    source: z.enum(ITEM_SOURCES),
    filePath: text,
    fileSize: z.number().min(0),
    fileMtimeMs: z.number(),
    contentSha256: text,
  }),
});

/** The keys of the original program, which other readers know, and ours with a prefix. */
const storedSchema = z.object({
  title: storedText,
  price: price.default(0),
  currency: storedText,
  description: storedText,
  brand: storedText,
  size: storedText,
  condition: storedText,
  image_url: storedText,
  url: storedText,
  category: storedText,
  scraped_at: storedText,
  local_image_path: storedText,
  fm_source: z.enum(ITEM_SOURCES).optional(),
  fm_file_path: z.string().optional(),
  fm_file_size: z.number().default(0),
  fm_file_mtime_ms: z.number().default(0),
  fm_content_sha256: z.string().default(''),
});

/** An item's fields as they are named in a record; nothing is checked. */
export function metadataOf({ item, provenance }: StoredItem): ChromaMetadata {
  return {
    title: item.title,
    price: item.price,
    currency: item.currency,
    description: item.description,
    brand: item.brand,
    size: item.size,
    condition: item.condition,
    image_url: item.imageUrl,
    url: item.url,
    category: item.category,
    scraped_at: item.scrapedAt,
    local_image_path: item.localImagePath,
    fm_source: provenance.source,
    fm_file_path: provenance.filePath,
    fm_file_size: provenance.fileSize,
    fm_file_mtime_ms: provenance.fileMtimeMs,
    fm_content_sha256: provenance.contentSha256,
  } satisfies z.input<typeof storedSchema>;
}

/** An item in Chroma's form, or one sentence about why it cannot be stored. */
export function toChromaRecord(stored: StoredItem): { id: string; metadata: ChromaMetadata } | { refusal: string } {
  const parsed = outgoingSchema.safeParse(stored);
  if (!parsed.success) return { refusal: describe(parsed.error) };
  return { id: parsed.data.item.itemId, metadata: metadataOf(parsed.data) };
}

/**
 * The item of a stored record. What the original program stored has no keys of ours: its image is then
 * the local one, of unknown size, time and content, so that the next run looks at it again.
 *
 * @throws VectorStoreError when the metadata cannot be an item's.
 */
export function fromChromaRecord(itemId: string, metadata: unknown): StoredItem {
  const read = parseMetadata(itemId, metadata);
  if (!('refusal' in read)) return read;
  throw new VectorStoreError(
    'STORE_FAILED',
    `The stored item ${reasonOf(itemId)} cannot be read (${read.refusal}): run \`fashionmatch verify\``,
  );
}

/** The item that metadata of unknown origin belongs to, or one sentence about why it is none. */
export function parseMetadata(itemId: string, metadata: unknown): StoredItem | { refusal: string } {
  const parsed = storedSchema.safeParse(metadata ?? {});
  if (!parsed.success) return { refusal: describe(parsed.error) };
  const { fm_source, fm_file_path, fm_file_size, fm_file_mtime_ms, fm_content_sha256, ...rest } = parsed.data;
  const { image_url, scraped_at, local_image_path, ...sameName } = rest;
  return {
    item: { itemId, ...sameName, imageUrl: image_url, scrapedAt: scraped_at, localImagePath: local_image_path },
    provenance: {
      source: fm_source ?? (rest.url.startsWith('file:') ? 'references' : 'scraped'),
      filePath: fm_file_path ?? local_image_path,
      fileSize: fm_file_size,
      fileMtimeMs: fm_file_mtime_ms,
      contentSha256: fm_content_sha256,
    },
  };
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues;
  if (first === undefined) return 'unknown fault';
  const field = first.path.at(-1);
  return first.message.startsWith('the ') ? first.message : `${String(field)}: ${first.message}`;
}
