import { LISTING_FIELDS, type ListingField, type ListingMapping } from '@fashionmatch/domain';

import { isNothing, isRecord, ownValue } from './reading.js';
import { PRESETS, USUAL_COLUMNS, type Preset } from './presets.js';

/** A mapping, found its columns in a listing. */
export interface FoundMapping {
  readonly mapping: ListingMapping;
  /** Where in the listing each field may stand, as keys one below the other. */
  readonly paths: ReadonlyMap<ListingField, readonly (readonly string[])[]>;
  /** Keys of the listing that nothing is read from. */
  readonly unmapped: readonly string[];
  /** Columns that the mapping names and the listing does not have. */
  readonly missing: readonly string[];
  readonly groupedBy: string | undefined;
  /** Whether it is the user's own. */
  readonly isOwn: boolean;
}

const USUAL: ListingMapping = { name: 'usual names', columns: {} };

/** Keys that differ from listing to listing are looked up again; two thousand kinds are more than any file has. */
const MAX_KINDS = 2_000;

/** Finds the mapping for each listing of a file: the user's own, the preset that its keys are known by, or the usual names. */
export class MappingFinder {
  readonly #own: ListingMapping | undefined;
  readonly #found = new Map<string, FoundMapping>();

  constructor(own?: ListingMapping) {
    this.#own = own;
  }

  find(listing: Readonly<Record<string, unknown>>): FoundMapping {
    const keys = Object.keys(listing);
    const preset =
      this.#own === undefined && keys.some((key) => /^(?:images|files)$/i.test(key)) ? presetOf(listing) : undefined;
    const kind = `${preset?.name ?? ''}\0${keys.join('\0')}`;
    const known = this.#found.get(kind);
    if (known !== undefined) return known;
    const chosen = this.#own ?? preset ?? presetOf(listing) ?? USUAL;
    const found = { ...foundIn(chosen, keys), isOwn: chosen === this.#own };
    if (this.#found.size >= MAX_KINDS) this.#found.clear();
    this.#found.set(kind, found);
    return found;
  }

  /** Whether a row of a table goes on with the thing of the row before: it has no title of its own. */
  isContinuation(row: Readonly<Record<string, unknown>>): boolean {
    return (this.find(row).paths.get('title') ?? []).every((path) => isNothing(valuesAt(row, path)));
  }
}

/** What says more of a listing than its name. */
const DETAILS = [
  'price',
  'image_urls',
  'local_image_paths',
  'url',
  'description',
  'brand',
  'size',
  'condition',
] as const;

/**
 * Whether something is a listing, by what was found in it: it has an id or a title, and something more.
 *
 * @param more Whether it needs more; the row of a table does not, where all rows have the same columns.
 */
export function isListing({ mapping, paths }: FoundMapping, more: boolean): boolean {
  if (mapping !== USUAL) return paths.size > 0;
  if (!paths.has('item_id') && !paths.has('title')) return paths.has('local_image_paths');
  return DETAILS.some((field) => paths.has(field)) || (!more && paths.has('item_id') && paths.has('title'));
}

function presetOf(listing: Readonly<Record<string, unknown>>): Preset | undefined {
  const names = new Map(Object.keys(listing).map((key) => [plain(key), key]));
  const has = (column: string): boolean => {
    const [first = '', ...rest] = column.split('.');
    const key = names.get(plain(first));
    return key !== undefined && (rest.length === 0 || !isNothing(valuesAt(listing, [key, ...rest])));
  };
  return PRESETS.find(({ recognisedBy }) => recognisedBy.every((columns) => columns.some(has)));
}

function foundIn(mapping: ListingMapping & Partial<Preset>, keys: readonly string[]): Omit<FoundMapping, 'isOwn'> {
  const names = new Map(keys.map((key) => [plain(key), key]));
  const exact = new Set(keys);
  const pathOf = (column: string): readonly string[] | undefined => {
    if (exact.has(column)) return [column];
    const whole = names.get(plain(column));
    if (whole !== undefined && !column.includes('.')) return [whole];
    const [first = '', ...rest] = column.split('.');
    const key = exact.has(first) ? first : names.get(plain(first));
    return key === undefined || rest.length === 0 ? undefined : [key, ...rest];
  };
  const paths = new Map<ListingField, readonly (readonly string[])[]>();
  const missing: string[] = [];
  for (const field of LISTING_FIELDS) {
    const own = mapping.columns[field];
    missing.push(...(own ?? []).filter((column) => pathOf(column) === undefined));
    // A mapping that names a field's columns knows them: only the others are looked for under the usual names.
    const found = (own ?? USUAL_COLUMNS[field]).map(pathOf).filter((path) => path !== undefined);
    if (found.length > 0) paths.set(field, found);
  }
  const used = new Set([...paths.values()].flat().map(([key]) => key));
  for (const column of mapping.images?.flatMap((template) => columnsOf(template)) ?? [])
    used.add(names.get(plain(column)));
  const groupedBy = mapping.groupedBy === undefined ? undefined : names.get(plain(mapping.groupedBy));
  return { mapping, paths, unmapped: keys.filter((key) => !used.has(key)), missing, groupedBy };
}

/** A name without what people write differently: `Image Link`, `image_link` and `imageLink` are one. */
function plain(name: string): string {
  let known = PLAIN.get(name);
  if (known === undefined) {
    known = name
      .slice(0, 200)
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, '');
    if (PLAIN.size >= MAX_PLAIN) PLAIN.clear();
    PLAIN.set(name, known);
  }
  return known;
}

/** The same few names come with every listing. */
const PLAIN = new Map<string, string>();
const MAX_PLAIN = 10_000;

/** The columns that a template of image paths names. */
function columnsOf(template: string): string[] {
  return [...template.matchAll(/\{([^{}:]+)(?::[^{}]*)?\}/g)].map(([, column = '']) => column);
}

/** The value below some keys; of a list on the way, the values of all its elements. */
export function valuesAt(listing: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return listing;
  if (Array.isArray(listing)) {
    const values = listing
      .map((element: unknown) => valuesAt(element, [key, ...rest]))
      .filter((value) => !isNothing(value));
    return values.length === 0 ? undefined : values.flat();
  }
  if (!isRecord(listing)) return undefined;
  const name = Object.hasOwn(listing, key) ? key : Object.keys(listing).find((other) => plain(other) === plain(key));
  return name === undefined ? undefined : valuesAt(ownValue(listing, name), rest);
}
