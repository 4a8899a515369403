import { isList, isRecord, ownValue } from './reading.js';

/** Under which programs put their listings, and one listing alone. */
const LIST_KEYS = [
  'items',
  'products',
  'listings',
  'results',
  'resources',
  'articles',
  'records',
  'entries',
  'offers',
  'docs',
  'rows',
  'data',
  'hits',
  'edges',
  'entry',
  'item',
  'product',
  'listing',
];

/** Under which interfaces wrap each listing of a list. */
const WRAPPERS = ['node', 'product', 'item', 'listing', 'document'];

/** Under which interfaces have what they know of a listing, its id beside it. */
const PARTS = ['_source', 'attributes', 'fields', 'productAttributes', 'properties'];

/** A list stands at most so deep, as in `props.pageProps.data.products.edges`. */
const MAX_DEPTH = 5;

/** Elements of a list, or keys of an object, that are looked at to tell what it is. */
const LOOKED_AT = 20;

type Test = (listing: Readonly<Record<string, unknown>>) => boolean;

/**
 * The listings in a document: a list, an object with a list of listings somewhere, a map of listings by their ids, what
 * pandas writes column by column, or a single one. Undefined when there are none; an empty list is one.
 *
 * @param isListing Tells a listing from other objects.
 */
export function listingsOf(content: unknown, isListing: Test): readonly unknown[] | undefined {
  if (!isRecord(content)) return Array.isArray(content) ? listOf(content, isListing) : undefined;
  const rows = rowsOf(content);
  return (rows && listOf(rows, isListing)) ?? nestedList(content, isListing, 0) ?? mapOf(content, isListing);
}

function listOf(list: readonly unknown[], isListing: Test): readonly unknown[] | undefined {
  const looked = list.slice(0, LOOKED_AT).filter(isRecord);
  if (list.length === 0 || looked.some((element) => isListing(element))) return list;
  const hasListing = (values: readonly unknown[]): boolean =>
    values.slice(0, LOOKED_AT).some((value) => isRecord(value) && isListing(value));
  const found = INSIDE.find((inside) => hasListing(looked.flatMap(inside)));
  return found && list.flatMap((element) => (isRecord(element) ? found(element) : [element]));
}

/** The ways in which an element of a list has listings in it: what is wrapped, what has parts, and pages of a list. */
const INSIDE: readonly ((element: Readonly<Record<string, unknown>>) => readonly unknown[])[] = [
  ...WRAPPERS.map((key) => (element: Readonly<Record<string, unknown>>) => [ownValue(element, key)]),
  ...PARTS.map((key) => (element: Readonly<Record<string, unknown>>) => {
    const part = ownValue(element, key);
    return [isRecord(part) ? { ...element, ...part } : element];
  }),
  ...LIST_KEYS.map((key) => (element: Readonly<Record<string, unknown>>) => {
    const page = ownValue(element, key);
    return isList(page) ? page : [element];
  }),
];

/** As pandas writes a table: `{"title": {"0": "Dress", …}, …}`, or `{"columns": ["title", …], "data": [["Dress", …], …]}`. */
function rowsOf(content: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  const { columns, data } = content;
  if (Array.isArray(columns) && Array.isArray(data) && columns.every((name) => typeof name === 'string')) {
    return data.map((row: unknown) =>
      isList(row) ? Object.fromEntries(columns.map((name: string, i) => [name, row[i]])) : row,
    );
  }
  const entries = Object.entries(content);
  const [, first] = entries[0] ?? [];
  const rows = isRecord(first) ? Object.keys(first) : [];
  const isTable = entries.length > 1 && rows.length > 0 && rows.every((row) => /^\d+$/.test(row));
  const values = entries.map(([name, value]) => [name, isRecord(value) ? value : undefined] as const);
  if (!isTable || values.some(([, value]) => value === undefined || Object.keys(value).length !== rows.length)) {
    return undefined;
  }
  return rows.map((row) => Object.fromEntries(values.map(([name, value]) => [name, value && ownValue(value, row)])));
}

function nestedList(
  content: Readonly<Record<string, unknown>>,
  isListing: Test,
  depth: number,
): readonly unknown[] | undefined {
  const keys = Object.keys(content);
  const usual = LIST_KEYS.filter((key) => Object.hasOwn(content, key));
  const others = keys.filter((key) => !LIST_KEYS.includes(key)).slice(0, LOOKED_AT);
  for (const key of usual) {
    const value = content[key];
    const list = Array.isArray(value) ? listOf(value, isListing) : undefined;
    // An empty list is the one that was meant only where it is called so.
    if (list !== undefined && (list.length > 0 || depth === 0)) return list;
  }
  if (isListing(content)) return [content];
  if (depth >= MAX_DEPTH) return undefined;
  for (const key of [...usual, ...others]) {
    const value = content[key];
    const list = Array.isArray(value) && value.length > 0 ? listOf(value, isListing) : undefined;
    const nested = isRecord(value) ? nestedIn(value, usual.includes(key), isListing, depth) : undefined;
    const found = list ?? nested;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Under a key that says nothing, one object alone is no listing. */
function nestedIn(
  value: Readonly<Record<string, unknown>>,
  isUsual: boolean,
  isListing: Test,
  depth: number,
): readonly unknown[] | undefined {
  if (isUsual) return nestedList(value, isListing, depth + 1) ?? mapOf(value, isListing);
  return isListing(value) ? undefined : nestedList(value, isListing, depth + 1);
}

/** Of a listing that has one of these, the key in a map is only its place. */
const ID_KEYS = ['id', 'item_id', 'itemId', 'product_id', 'productId', 'listing_id', 'listingId', '_id', 'article_id'];

/** A map of listings by their ids; one without an id of its own has its key. */
function mapOf(content: Readonly<Record<string, unknown>>, isListing: Test): readonly unknown[] | undefined {
  const entries = Object.entries(content);
  const listings = entries.filter(([, value]) => isRecord(value) && isListing(value));
  if (listings.length === 0 || listings.length * 2 <= entries.length) return undefined;
  return entries.map(([id, value]) =>
    isRecord(value) && !ID_KEYS.some((key) => Object.hasOwn(value, key)) ? { ...value, id } : value,
  );
}
