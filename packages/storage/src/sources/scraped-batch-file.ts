import {
  cutDescription,
  ItemError,
  MAX_ID_LENGTH,
  MAX_TEXT_LENGTH,
  reasonOf,
  type ScrapedBatch,
  type VintedItem,
} from '@fashionmatch/domain';
import { z } from 'zod';

/** What a batch file says about itself. */
export type BatchHeader = Omit<ScrapedBatch, 'items'>;

/** A batch file that was parsed, with listings that were not checked yet. */
export interface BatchFile {
  readonly header: BatchHeader;
  readonly listings: readonly unknown[];
}

/** A real listing nests three levels deep in a batch. */
const MAX_JSON_DEPTH = 32;

/**
 * Objects and arrays in a file. A listing has three; a file of nothing but `{}` takes 30 times its size
 * in memory, and would end the process before anything could be caught.
 */
const MAX_JSON_CONTAINERS = 2_000_000;

const MAX_IMAGES = 1_000;

const timestamp = z
  .string('must be a date and time in ISO 8601')
  .transform((text) => text.replace(' ', 'T'))
  .pipe(z.union([z.iso.datetime({ offset: true, local: true }), z.iso.date()], 'must be a date and time in ISO 8601'))
  .transform(toUtc);

const text = z
  .string('must be a text')
  .max(MAX_TEXT_LENGTH, `must be a text of at most ${String(MAX_TEXT_LENGTH)} characters`)
  .transform((value) => value.toWellFormed());

const optionalText = text.nullish().transform((value) => value ?? undefined);

/** The length is checked before the elements, so that a hostile list costs one complaint, not a million. */
const texts = z
  .array(z.unknown(), 'must be a list')
  .max(MAX_IMAGES, `must have at most ${String(MAX_IMAGES)} elements`)
  .pipe(z.array(text));

const itemId = z.union(
  [
    z
      .string()
      .max(MAX_ID_LENGTH)
      .regex(/^\P{Cc}+$/u)
      .transform((value) => value.toWellFormed()),
    z.int().transform(String),
  ],
  `must be a text of 1 to ${String(MAX_ID_LENGTH)} characters, or a whole number below 2^53`,
);

const price = 'must be a number, 0 or more';

/** The messages go on where the field's name stops. */
const listingSchema = z.object(
  {
    item_id: itemId,
    title: text,
    price: z.number(price).nonnegative(price),
    currency: text.nullish().transform((value) => value ?? 'EUR'),
    description: z
      .string('must be a text')
      .transform(cutDescription)
      .pipe(text)
      .nullish()
      .transform((value) => value ?? undefined),
    brand: optionalText,
    size: optionalText,
    condition: optionalText,
    image_urls: texts.refine((urls) => urls.length > 0, 'must name at least one image'),
    url: text.refine((url) => /^https?:\/\//i.test(url) && URL.canParse(url), 'must be an http or https address'),
    seller_id: z
      .union([text, z.int().transform(String)], 'must be a text or a whole number')
      .nullish()
      .transform((value) => value ?? undefined),
    category: optionalText,
    scraped_at: timestamp,
    local_image_paths: texts.nullish().transform((paths) => paths ?? []),
  },
  'must be an object with the fields of a listing',
);

/** Nothing depends on a header, so a wrong value in it is as good as none. */
const batchSchema = z.object({
  batch_id: text.optional().catch(undefined),
  category: text.catch(''),
  total_items: z.int().nonnegative().optional().catch(undefined),
  pages_scraped: z.int().nonnegative().catch(0),
  scraped_at: timestamp.catch(''),
  items: z.array(z.unknown()),
});

/** Valid JSON in which nothing is like a listing: what other programs keep, such as cookies. */
export class NoListingsError extends ItemError {}

/**
 * Reads a batch: an object with `items`, or a bare list of listings.
 *
 * @param name The batch's id where the file names none.
 * @throws ItemError `BATCH_INVALID` when the file as a whole cannot be used; a {@link NoListingsError} when it was
 *   never meant to be.
 */
export function parseBatch(bytes: Uint8Array, name: string): BatchFile {
  const content = parseJson(bytes);
  const parsed = batchSchema.safeParse(Array.isArray(content) ? { items: content } : content);
  const saysSo = parsed.success && !(Array.isArray(content) && content.length > 0);
  if (!saysSo && !hasListings(content)) {
    throw new NoListingsError('BATCH_INVALID', 'the file has no listings, nor anything like them');
  }
  if (!parsed.success) {
    throw new ItemError(
      'BATCH_INVALID',
      'the file is neither a list of listings nor an object with such a list in `items`',
    );
  }
  const { items, batch_id, category, total_items, pages_scraped, scraped_at } = parsed.data;
  return {
    header: {
      batchId: batch_id ?? name,
      category,
      totalItems: total_items ?? items.length,
      pagesScraped: pages_scraped,
      scrapedAt: scraped_at,
    },
    listings: items,
  };
}

/** Whether a list or map, or one in it, has anything like a listing. */
function hasListings(content: unknown): boolean {
  const inner = valuesOf(content);
  return inner.some(isLikeListing) || inner.some((value) => valuesOf(value).some(isLikeListing));
}

function valuesOf(content: unknown): unknown[] {
  return typeof content === 'object' && content !== null ? Object.values(content) : [];
}

function isLikeListing(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['item_id', 'title', 'price', 'image_urls'].some((name) => Object.hasOwn(value, name))
  );
}

/** @throws ItemError `LISTING_INVALID`, naming the fields that are wrong, and what stands in them. */
export function parseListing(listing: unknown): VintedItem {
  const parsed = listingSchema.safeParse(listing, { reportInput: true });
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 3);
    const complaints = issues.map(({ path, message }) => `${path.join('.') || 'listing'}: ${message}`);
    const value = issues.map(({ input }) => shown(input)).join(', ');
    throw new ItemError('LISTING_INVALID', complaints.join('; '), { value });
  }
  const fields = parsed.data;
  return {
    itemId: fields.item_id,
    title: fields.title,
    price: fields.price,
    currency: fields.currency,
    description: fields.description,
    brand: fields.brand,
    size: fields.size,
    condition: fields.condition,
    imageUrls: fields.image_urls,
    url: fields.url,
    sellerId: fields.seller_id,
    category: fields.category,
    scrapedAt: fields.scraped_at,
    localImagePaths: fields.local_image_paths,
  };
}

/** Longer values are cut. */
const MAX_SHOWN_LENGTH = 60;

/** A value as it stands in a message: one line, whatever it is. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return 'an object';
  const start = value.slice(0, MAX_SHOWN_LENGTH);
  return `${JSON.stringify(start.toWellFormed())}${start === value ? '' : '…'}`;
}

/** The id of a listing that may be wrong everywhere else. */
export function idOf(listing: unknown): string | undefined {
  return z.object({ item_id: itemId }).safeParse(listing).data?.item_id;
}

/**
 * Parses JSON that may be hostile.
 *
 * @throws ItemError `BATCH_INVALID`
 */
export function parseJson(bytes: Uint8Array): unknown {
  checkStructure(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ItemError('BATCH_INVALID', 'the file is no valid JSON', { cause, value: reasonOf(cause) });
  }
}

/** Looks at the brackets outside of strings, before anything is built from them. */
function checkStructure(bytes: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      containers++;
      depth++;
      if (depth > MAX_JSON_DEPTH) {
        throw new ItemError('BATCH_INVALID', `the JSON nests deeper than ${String(MAX_JSON_DEPTH)} levels`);
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    }
  }
  if (containers > MAX_JSON_CONTAINERS) {
    throw new ItemError('BATCH_INVALID', `the JSON has more than ${String(MAX_JSON_CONTAINERS)} objects and lists`);
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\{}[]');

/** A time without a zone is taken as UTC; JavaScript reads a date alone so too, but a time as local. */
function toUtc(time: string): string {
  const zoned = !time.includes('T') || /(?:Z|[+-]\d\d:\d\d)$/.test(time);
  return new Date(zoned ? time : `${time}Z`).toISOString();
}
