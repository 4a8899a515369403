import { readRegion, writeRegion, type Region } from '../query/region.js';

/** Filters with a field of their own, by the names that the address gives them. */
export const FILTERS = ['from', 'to', 'brand', 'category', 'seller', 'size', 'condition'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Record<FilterName, string>>;

/** The orders of the store, and what they are called. */
export const SORTS = {
  stored: 'as stored',
  price: 'cheapest first',
  '-price': 'dearest first',
  title: 'title, A to Z',
  '-title': 'title, Z to A',
  brand: 'brand, A to Z',
  '-brand': 'brand, Z to A',
  item_id: 'id',
} as const;
export type Sort = keyof typeof SORTS;

/** The kinds of duplicates, and what they are called. */
export const KINDS = { exact: 'Same picture', near: 'Near-copies', relist: 'Offered again' } as const;
export type Kind = keyof typeof KINDS;

/** What look-alikes are wanted of. A photo itself cannot be in an address: only its name is. */
export type Query =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'item'; readonly id: string }
  | { readonly kind: 'photo'; readonly name: string; readonly region: Region | undefined };

/** All that decides what the page shows. */
export interface PageState {
  readonly view: 'items' | 'duplicates';
  readonly query: Query;
  readonly filters: Filters;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
  /** How many hits of a search. */
  readonly count: number;
  /** CLIP's weight in percent; undefined for that of the configuration. */
  readonly clip: number | undefined;
  readonly kind: Kind;
  /** The item that is open, by its id. */
  readonly item: string | undefined;
}

const NO_FILTERS: Filters = { from: '', to: '', brand: '', category: '', seller: '', size: '', condition: '' };
export const HITS = 24;
export const MAX_HITS = 200;

/** What an address without a query says. */
export const FIRST_STATE: PageState = {
  view: 'items',
  query: { kind: 'none' },
  filters: NO_FILTERS,
  sort: 'stored',
  page: 1,
  count: HITS,
  clip: undefined,
  kind: 'exact',
  item: undefined,
};

/** Reads the query of an address. Whoever wrote it: what makes no sense is as if it were not there. */
export function readAddress(search: string): PageState {
  const parameters = new URLSearchParams(search);
  const text = (name: string): string => parameters.get(name) ?? '';
  return {
    view: text('view') === 'duplicates' ? 'duplicates' : 'items',
    query: readQuery(text),
    filters: {
      from: text('from'),
      to: text('to'),
      brand: text('brand'),
      category: text('category'),
      seller: text('seller'),
      size: text('size'),
      condition: text('condition'),
    },
    sort: keyOf(SORTS, text('sort')) ?? FIRST_STATE.sort,
    page: wholeNumber(text('page'), 1, 1e9) ?? FIRST_STATE.page,
    count: wholeNumber(text('count'), 1, MAX_HITS) ?? FIRST_STATE.count,
    clip: wholeNumber(text('clip'), 0, 100),
    kind: keyOf(KINDS, text('kind')) ?? FIRST_STATE.kind,
    item: text('item') || undefined,
  };
}

/** The address of a state, without what it says anyway. */
export function writeAddress(state: PageState): string {
  const { view, query, filters, sort, page, count, clip, kind, item } = state;
  const all: Record<string, string | number | undefined> = {
    view: view === 'items' ? undefined : view,
    ...writeQuery(query),
    ...filters,
    sort: sort === FIRST_STATE.sort ? undefined : sort,
    page: page === FIRST_STATE.page ? undefined : page,
    count: count === FIRST_STATE.count ? undefined : count,
    clip,
    kind: kind === FIRST_STATE.kind ? undefined : kind,
    item,
  };
  const said = Object.entries(all).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return said.length === 0 ? '/' : `/?${new URLSearchParams(said).toString()}`;
}

function readQuery(text: (name: string) => string): Query {
  if (text('text') !== '') return { kind: 'text', text: text('text') };
  if (text('id') !== '') return { kind: 'item', id: text('id') };
  if (text('photo') !== '') return { kind: 'photo', name: text('photo'), region: readRegion(text('region')) };
  return { kind: 'none' };
}

function writeQuery(query: Query): Record<string, string> {
  switch (query.kind) {
    case 'none':
      return {};
    case 'text':
      return { text: query.text };
    case 'item':
      return { id: query.id };
    case 'photo':
      return { photo: query.name, ...(query.region && { region: writeRegion(query.region) }) };
  }
}

export function keyOf<T extends object>(names: T, text: string): (keyof T & string) | undefined {
  for (const name in names) if (name === text && Object.hasOwn(names, name)) return name;
  return undefined;
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return number >= least && number <= most ? number : undefined;
}
