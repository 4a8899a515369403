import { createHash } from 'node:crypto';

import { ItemError, MAX_ID_LENGTH, type ListingField, type VintedItem } from '@fashionmatch/domain';

import { readDate } from './date.js';
import { shown } from './listing-notes.js';
import { valuesAt, type FoundMapping } from './mapping.js';
import { readCurrency, readPrice } from './price.js';
import { isNothing, UNUSABLE, type Reading } from './reading.js';
import {
  firstWords,
  isFile,
  readAddresses,
  readHtml,
  readPageAddress,
  readPaths,
  readText,
  readTexts,
} from './text.js';

/** Is told of each value that is left out, or was taken in one of two ways. */
export type OnDropped = (kind: string, itemId: string, value: unknown) => void;

export interface ListingContext {
  readonly found: FoundMapping;
  /** Stands in for the listing's own time: when its file was written; ISO 8601 in UTC. */
  readonly fileTime: string;
  readonly onDropped: OnDropped;
}

/**
 * Makes an item of whatever a program wrote. What is optional and cannot be used is left out, and told.
 *
 * @throws ItemError `LISTING_INVALID` when there is no id and none can be made.
 */
export function toListing(
  record: Readonly<Record<string, unknown>>,
  { found, fileTime, onDropped }: ListingContext,
): VintedItem {
  const fields = new ListingReader(record, found);
  const url = fields.read('url', (value) => readPageAddress(value, found.mapping.baseUrl));
  const images = fields.readAll('image_urls', (value) => readAddresses(value, found.mapping.baseUrl));
  const imageUrls = images.filter((image) => !isFile(image));
  // Whoever has files writes them where others have addresses.
  const localImagePaths = [...new Set([...fields.readAll('local_image_paths', readPaths), ...images.filter(isFile)])];
  const itemId = fields.read('item_id', readId) ?? madeId([url, imageUrls[0], localImagePaths[0]]);
  if (itemId === undefined) {
    const written = fields.written('item_id');
    const reason = `item_id: must be a text of 1 to ${String(MAX_ID_LENGTH)} characters, or a whole number`;
    throw new ItemError('LISTING_INVALID', reason, { value: shown(written) });
  }
  const usualCurrency = fields.read('currency', readCurrency) ?? found.mapping.currency;
  const price = fields.read('price', (value, column) => readPrice(value, column, usualCurrency));
  const description = fields.read('description', readTextOrHtml);
  const date = fields.read('scraped_at', readDate);
  const item: VintedItem = {
    itemId,
    title: fields.read('title', readTextOrHtml) ?? firstWords(description ?? '') ?? itemId,
    price: price?.amount ?? 0,
    currency: price?.currency ?? usualCurrency ?? '',
    description,
    brand: fields.read('brand', readText),
    size: fields.read('size', readTexts),
    condition: fields.read('condition', readText),
    imageUrls,
    url: url ?? '',
    sellerId: fields.read('seller_id', readText),
    category: fields.read('category', readTexts),
    scrapedAt: date?.time ?? fileTime,
    localImagePaths,
  };
  for (const { field, value } of fields.dropped) {
    onDropped(`Left out values of ${field} that cannot be read`, itemId, value);
  }
  if (date?.dayFirst) onDropped('Took dates as day before month', itemId, fields.written('scraped_at'));
  return item;
}

interface DroppedValue {
  readonly field: ListingField;
  readonly value: unknown;
}

class ListingReader {
  readonly dropped: DroppedValue[] = [];
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #found: FoundMapping;

  constructor(record: Readonly<Record<string, unknown>>, found: FoundMapping) {
    this.#record = record;
    this.#found = found;
  }

  /** The first of a field's columns that can be read. */
  read<T>(field: ListingField, read: (value: unknown, column: string) => Reading<T>): T | undefined {
    return this.#readings(field, read).next().value ?? undefined;
  }

  /** What can be read in all of a field's columns, each once. */
  readAll<T>(field: ListingField, read: (value: unknown) => Reading<readonly T[]>): readonly T[] {
    return [...new Set([...this.#readings(field, read)].flat())];
  }

  /** What stands in a field, whatever it is. */
  written(field: ListingField): unknown {
    return this.#values(field).next().value?.value;
  }

  /** When nothing can be read, it is told. */
  *#readings<T>(field: ListingField, read: (value: unknown, column: string) => Reading<T>): Generator<T, undefined> {
    let unusable: DroppedValue | undefined;
    let isRead = false;
    for (const { value, column } of this.#values(field)) {
      const reading = read(value, column);
      if (reading === UNUSABLE) unusable ??= { field, value };
      else if (reading !== undefined) {
        isRead = true;
        yield reading;
      }
    }
    if (unusable !== undefined && !isRead) this.dropped.push(unusable);
    return undefined;
  }

  *#values(field: ListingField): Generator<{ readonly value: unknown; readonly column: string }, undefined> {
    for (const path of this.#found.paths.get(field) ?? []) {
      const value = valuesAt(this.#record, path);
      if (!isNothing(value)) yield { value, column: path.at(-1) ?? '' };
    }
    return undefined;
  }
}

function readId(value: unknown): Reading<string> {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return UNUSABLE;
  const text = readText(value);
  if (typeof text !== 'string') return text;
  return text.length <= MAX_ID_LENGTH && !/\p{Cc}/u.test(text) ? text : UNUSABLE;
}

/** The same for the same address in every run. */
function madeId(places: readonly (string | undefined)[]): string | undefined {
  const place = places.find((text) => text !== undefined);
  return place === undefined ? undefined : `made_${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
}

function readTextOrHtml(value: unknown, column: string): Reading<string> {
  return /html\W*$/i.test(column) ? readHtml(value) : readText(value);
}
