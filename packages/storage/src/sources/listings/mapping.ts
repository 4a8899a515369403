import { LISTING_FIELDS, type ListingField, type ListingMapping } from '@fashionmatch/domain';

import { PRESETS, type Preset } from './presets.js';
import { isNothing, isRecord, ownValue, unquoted } from './reading.js';
import { fieldOfPattern, USUAL_COLUMNS } from './usual-columns.js';

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

/** What says more of a listing than its name, or than its id. */
const OF_A_TITLE = [
  'price',
  'image_urls',
  'local_image_paths',
  'url',
  'description',
  'brand',
  'size',
  'condition',
] as const;
const OF_AN_ID = ['image_urls', 'local_image_paths', 'url', 'description', 'brand'] as const;
const BUYERS = /customer|buyer|client|visitor|session|order/i;
const OF_AN_IMAGE = ['price', 'description', 'brand', 'size', 'condition', 'category'] as const;

/**
 * Whether something is a listing, by what was found in it: it has an id, a title or an image, and something more. A
 * buyer, an id and a price are a purchase, a file and its address one of the images of something that is listed elsewhere.
 *
 * @param more Whether it needs more; the row of a table does not, where all rows have the same columns.
 */
export function isListing({ mapping, paths, unmapped }: FoundMapping, more: boolean): boolean {
  const has = (fields: readonly ListingField[]): boolean => fields.some((field) => paths.has(field));
  if (mapping !== USUAL) return paths.size > 0;
  if (paths.has('title')) return has(OF_A_TITLE) || (!more && paths.has('item_id'));
  if (paths.has('item_id')) {
    const isPurchase = paths.has('seller_id') || unmapped.some((key) => BUYERS.test(key));
    return has(OF_AN_ID) || (has(OF_A_TITLE) && !isPurchase);
  }
  const hasFile = (paths.get('local_image_paths') ?? []).some(({ length }) => length === 1);
  return hasFile ? has(OF_AN_IMAGE) : paths.has('image_urls') && paths.has('price');
}

function presetOf(listing: Readonly<Record<string, unknown>>): Preset | undefined {
  // Tables made of objects have `photo.url` or `photo/url` for what is `url` in `photo`.
  const names = new Map(
    Object.keys(listing).flatMap((key) => [/^[^./]*/.exec(key)?.[0] ?? '', key].map((name) => [plain(name), key])),
  );
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
    const [first = '', ...rest] = column.split('.');
    const key = exact.has(first) ? first : names.get(plain(first));
    if (rest.length > 0 && key !== undefined) return [key, ...rest];
    const whole = names.get(plain(column));
    return whole === undefined ? undefined : [whole];
  };
  const paths = new Map<ListingField, readonly (readonly string[])[]>();
  const missing: string[] = [];
  // A mapping that names a field's columns knows them: only the others are looked for under the usual names, elsewhere.
  const named = new Set(
    Object.values(mapping.columns)
      .flat()
      .map((column) => pathOf(column)?.join('\0')),
  );
  for (const field of LISTING_FIELDS) {
    const own = mapping.columns[field];
    missing.push(...(own ?? []).filter((column) => pathOf(column) === undefined));
    const usual = [
      ...USUAL_COLUMNS[field].map(pathOf),
      ...[...names].filter(([name]) => fieldOfPattern(name) === field).map(([, key]) => [key]),
    ].filter((path) => path !== undefined && !named.has(path.join('\0')));
    const found = (own?.map(pathOf) ?? usual).filter((path) => path !== undefined);
    if (found.length > 0) paths.set(field, [...new Map(found.map((path) => [path.join('\0'), path])).values()]);
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
  // In a table it stands as a text.
  if (typeof listing === 'string') {
    const value = unquoted(listing);
    return value === listing ? undefined : valuesAt(value, [key, ...rest]);
  }
  if (!isRecord(listing)) return undefined;
  const name = Object.hasOwn(listing, key) ? key : Object.keys(listing).find((other) => plain(other) === plain(key));
  return name === undefined ? undefined : valuesAt(ownValue(listing, name), rest);
}
