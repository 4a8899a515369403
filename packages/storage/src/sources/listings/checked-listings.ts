import { ItemError, type VintedItem } from '@fashionmatch/domain';

import { toFileError } from '../../files/safe-open.js';
import { shown } from './listing-notes.js';
import { filledTemplate, type KnownPlaces } from './image-places.js';
import { valuesAt, type FoundMapping, type MappingFinder } from './mapping.js';
import { isNothing, isRecord } from './reading.js';
import { toListing, type OnDropped } from './to-listing.js';

export interface GoodListing {
  readonly kind: 'good';
  readonly listing: VintedItem;
  readonly places: KnownPlaces;
  /** How it was read. */
  readonly found: FoundMapping;
}

export interface BadListing {
  readonly kind: 'bad';
  /** Its own where it has one, else its batch and place. */
  readonly itemId: string;
  readonly error: ItemError;
  /** The file that it stands in. */
  readonly path: string;
}

export type Listing = GoodListing | BadListing;

/** The file that listings stand in. */
export interface BatchFile {
  readonly path: string;
  readonly name: string;
  readonly finder: MappingFinder;
  readonly mtimeMs: number;
  /** Folders of images beside it. */
  readonly imageFolders: readonly string[];
  /** Whether it stands in a folder with the images of its one listing. */
  readonly ownFolder: boolean;
}

interface CheckedFile extends BatchFile {
  /** ISO 8601 in UTC. */
  readonly fileTime: string;
  readonly onDropped: OnDropped;
}

/**
 * Checks what stands in a file, one after the other. A file that breaks off ends with a listing that is bad.
 *
 * @param records An ItemError stands for one that cannot be read.
 */
export async function* checkedListings(
  records: AsyncIterable<unknown> | Iterable<unknown>,
  file: BatchFile,
  onDropped: OnDropped = () => undefined,
): AsyncGenerator<Listing> {
  const checkedFile = { ...file, fileTime: timeOf(file.mtimeMs), onDropped };
  let place = 0;
  try {
    for await (const record of whole(records, file.finder))
      yield checked(record, `${file.name}[${String(place++)}]`, checkedFile);
  } catch (cause) {
    yield { kind: 'bad', itemId: `${file.name}[${String(place)}…]`, error: toFileError(cause), path: file.path };
  }
}

/** Puts rows together that tell of the same thing. */
async function* whole(records: AsyncIterable<unknown> | Iterable<unknown>, finder: MappingFinder): AsyncGenerator {
  let open: Readonly<Record<string, unknown>> | undefined;
  for await (const record of records) {
    const key = isRecord(record) && !(record instanceof ItemError) ? finder.find(record).groupedBy : undefined;
    if (key === undefined || !isRecord(record)) {
      yield record;
    } else if (open !== undefined && open[key] === record[key] && finder.isContinuation(record)) {
      open = joined(open, record);
    } else {
      if (open !== undefined) yield open;
      open = record;
    }
  }
  if (open !== undefined) yield open;
}

/** Photographs and variants of one thing; more are no rows of a shop. */
const MAX_JOINED = 1_000;

function joined(
  open: Readonly<Record<string, unknown>>,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(row).map(([key, value]): readonly [string, unknown] => {
    const before = open[key];
    if (isNothing(value) || before === value) return [key, before];
    if (isNothing(before)) return [key, value];
    const values: readonly unknown[] = Array.isArray(before) ? before : [before];
    return [key, values.includes(value) || values.length >= MAX_JOINED ? before : [...values, value]];
  });
  return Object.fromEntries<unknown>(entries);
}

function checked(record: unknown, fallbackId: string, file: CheckedFile): Listing {
  if (record instanceof ItemError || !isRecord(record)) {
    const error =
      record instanceof ItemError
        ? record
        : new ItemError('LISTING_INVALID', 'listing: must be an object with the fields of a listing', {
            value: shown(record),
          });
    return { kind: 'bad', itemId: fallbackId, error, path: file.path };
  }
  const { finder, fileTime, onDropped, imageFolders, ownFolder } = file;
  const found = finder.find(record);
  try {
    const listing = toListing(record, { found, fileTime, onDropped });
    const valueOf = (column: string): unknown => valuesAt(record, column.split('.'));
    const mapped = (found.mapping.images ?? []).map((template) => filledTemplate(template, listing.itemId, valueOf));
    const places = { mapped: mapped.filter((path) => path !== undefined), imageFolders, ownFolder };
    return { kind: 'good', listing, places, found };
  } catch (cause) {
    return { kind: 'bad', itemId: fallbackId, error: toFileError(cause), path: file.path };
  }
}

/** The times that a Date can hold; a file system can hold others. */
const MAX_TIME_MS = 8.64e15;

function timeOf(ms: number): string {
  return new Date(Math.round(Math.min(Math.max(ms, -MAX_TIME_MS), MAX_TIME_MS))).toISOString();
}
