import { ITEM_SOURCES, type ItemSourceName, type StoredItem } from '@fashionmatch/domain';

/** An item's values, without the names of its fields, which would be a third of the entry. */
type ItemValues = readonly [
  itemId: string,
  title: string,
  price: number,
  currency: string,
  description: string,
  brand: string,
  size: string,
  condition: string,
  imageUrl: string,
  url: string,
  category: string,
  scrapedAt: string,
  localImagePath: string,
  source: ItemSourceName,
  filePath: string,
  fileSize: number,
  fileMtimeMs: number,
  contentSha256: string,
];

const FILE = 'file://';
const NOWHERE = -1;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isSource: Check = (value) => ITEM_SOURCES.some((source) => source === value);

/** What each value must be, in their order. */
const CHECKS: readonly Check[] = [
  ...[isText, isText, isNumber, isText, isText, isText, isText, isText, isText, isText, isText, isText, isText],
  ...[isSource, isText, isNumber, isNumber, isText],
];

/** What an item is written as, or undefined when a field is not what it should be. */
export function toItemValues({ item, provenance }: StoredItem): unknown[] | undefined {
  const values: ItemValues = [
    item.itemId,
    item.title,
    item.price,
    item.currency,
    item.description,
    item.brand,
    item.size,
    item.condition,
    item.imageUrl,
    item.url,
    item.category,
    item.scrapedAt,
    item.localImagePath,
    provenance.source,
    provenance.filePath,
    provenance.fileSize,
    provenance.fileMtimeMs,
    provenance.contentSha256,
  ];
  return isItemValues(values) ? shortened(values) : undefined;
}

/** The item that values read from a medium are of, or undefined when they are of none; they are written over. */
export function fromItemValues(values: unknown): StoredItem | undefined {
  if (!Array.isArray(values)) return undefined;
  lengthen(values);
  return isItemValues(values) ? itemOf(values) : undefined;
}

// prettier-ignore
function itemOf([
  itemId, title, price, currency, description, brand, size, condition, imageUrl, url, category, scrapedAt, localImagePath,
  source, filePath, fileSize, fileMtimeMs, contentSha256,
]: ItemValues): StoredItem {
  return {
    item: {
      itemId, title, price, currency, description, brand, size, condition, imageUrl, url, category, scrapedAt, localImagePath,
    },
    provenance: { source, filePath, fileSize, fileMtimeMs, contentSha256 },
  };
}

/**
 * By hand, for a run begins by reading every item: where V8 comes to take what a schema leaves behind for long-lived,
 * that was 100 MB at 100,000 items.
 */
function isItemValues(values: unknown): values is ItemValues {
  return Array.isArray(values) && values.length === CHECKS.length && CHECKS.every((check, i) => check(values[i]));
}

/**
 * What an item says twice is written once: a text that stands in an earlier place as the number of that place, and the
 * address of a file as a list of one, the place of its path. Of a reference image that is more than a third.
 */
function shortened(values: ItemValues): unknown[] {
  return values.map((value, i) => {
    if (typeof value !== 'string' || CHECKS[i] !== isText) return value;
    const first = values.indexOf(value);
    if (first < i) return first;
    const path = value.slice(FILE.length);
    const place = value.startsWith(FILE) && !path.startsWith(FILE) ? values.indexOf(path) : NOWHERE;
    return place === NOWHERE ? value : [place];
  });
}

/** Entries of the first format hold texts alone, and stay as they are. */
function lengthen(values: unknown[]): void {
  // Addresses first: another text may be one of them.
  for (const [i, value] of values.entries()) {
    const path: unknown = Array.isArray(value) ? values[Number(value[0])] : undefined;
    if (typeof path === 'string') values[i] = `${FILE}${path}`;
  }
  for (const [i, value] of values.entries()) {
    if (CHECKS[i] === isText && typeof value === 'number') values[i] = values[value];
  }
}
