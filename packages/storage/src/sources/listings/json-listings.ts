import { isRecord, ownValue } from './reading.js';

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
const WRAPPERS = ['node', '_source', 'product', 'item', 'listing', 'document'];

/** A list stands at most so deep, as in `data.products.edges`. */
const MAX_DEPTH = 4;

/** Elements of a list that are looked at to tell what it is. */
const LOOKED_AT = 20;

type Test = (listing: Readonly<Record<string, unknown>>) => boolean;

/**
 * The listings in a document: a list, an object with a list of listings somewhere, a map of listings by their ids, or a
 * single one. Undefined when there are none; an empty list is one.
 *
 * @param isListing Tells a listing from other objects.
 */
export function listingsOf(content: unknown, isListing: Test): readonly unknown[] | undefined {
  if (!isRecord(content)) return Array.isArray(content) ? listOf(content, isListing) : undefined;
  return nestedList(content, isListing, 0) ?? mapOf(content, isListing);
}

function listOf(list: readonly unknown[], isListing: Test): readonly unknown[] | undefined {
  const looked = list.slice(0, LOOKED_AT);
  if (list.length === 0 || looked.some((element) => isRecord(element) && isListing(element))) return list;
  const wrapper = WRAPPERS.find((key) => looked.some((element) => isWrapped(element, key, isListing)));
  return wrapper === undefined
    ? undefined
    : list.map((element) => (isRecord(element) ? ownValue(element, wrapper) : element));
}

function isWrapped(element: unknown, key: string, isListing: Test): boolean {
  const inner = isRecord(element) ? ownValue(element, key) : undefined;
  return isRecord(inner) && isListing(inner);
}

function nestedList(
  content: Readonly<Record<string, unknown>>,
  isListing: Test,
  depth: number,
): readonly unknown[] | undefined {
  const keys = Object.keys(content);
  const [usual, others] = [
    LIST_KEYS.filter((key) => Object.hasOwn(content, key)),
    keys.filter((key) => !LIST_KEYS.includes(key)),
  ];
  for (const key of usual) {
    const value = content[key];
    const list = Array.isArray(value) ? listOf(value, isListing) : undefined;
    // An empty list is the one that was meant only where it is called so.
    if (list !== undefined && (list.length > 0 || depth === 0)) return list;
  }
  if (isListing(content)) return [content];
  if (depth >= MAX_DEPTH) return undefined;
  for (const key of [...usual, ...others.slice(0, LOOKED_AT)]) {
    const value = content[key];
    if (Array.isArray(value) && value.length > 0) {
      const list = listOf(value, isListing);
      if (list !== undefined) return list;
    }
    const nested = isRecord(value) && usual.includes(key) ? nestedList(value, isListing, depth + 1) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

/** A map of listings by their ids; one without an id of its own has its key. */
function mapOf(content: Readonly<Record<string, unknown>>, isListing: Test): readonly unknown[] | undefined {
  const entries = Object.entries(content);
  const listings = entries.filter(([, value]) => isRecord(value) && isListing(value));
  if (listings.length === 0 || listings.length * 2 <= entries.length) return undefined;
  return entries.map(([id, value]) =>
    isRecord(value) && !['id', 'item_id'].some((key) => Object.hasOwn(value, key)) ? { ...value, id } : value,
  );
}
