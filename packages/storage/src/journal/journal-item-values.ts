import { STORED_FIELDS, storedEntries, storedItemOf, type StoredItem } from '@fashionmatch/domain';

/** A field that entries before format 4 do not have: the last one, so that all others stand where they did. */
const SELLER = STORED_FIELDS.findIndex(({ name }) => name === 'sellerId');
const LAYOUT = [...STORED_FIELDS.toSpliced(SELLER, 1), ...STORED_FIELDS.slice(SELLER, SELLER + 1)];

const FILE = 'file://';
const NOWHERE = -1;

/** An item's values, without the names of its fields, which would be a third of the entry; undefined when one has none. */
export function toItemValues(stored: StoredItem): unknown[] | undefined {
  const values = storedEntries(stored).map(([, value]) => value);
  return storedItemOf(values) && shortened([...values.toSpliced(SELLER, 1), values[SELLER]]);
}

/** The item that values read from a medium are of, or undefined when they are of none; they are written over. */
export function fromItemValues(values: unknown): StoredItem | undefined {
  if (!Array.isArray(values)) return undefined;
  if (values.length === LAYOUT.length - 1) values.push('');
  lengthen(values);
  values.splice(SELLER, 0, values.pop());
  return storedItemOf(values);
}

const isText = (place: number): boolean => LAYOUT[place]?.type === 'text';

/**
 * What an item says twice is written once: a text that stands in an earlier place as the number of that place, and the
 * address of a file as a list of one, the place of its path. Of a reference image that is more than a third.
 */
function shortened(values: readonly unknown[]): unknown[] {
  return values.map((value, i) => {
    if (typeof value !== 'string' || !isText(i)) return value;
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
  values.forEach((value, i) => {
    const path: unknown = Array.isArray(value) ? values[Number(value[0])] : undefined;
    if (typeof path === 'string') values[i] = `${FILE}${path}`;
  });
  values.forEach((value, i) => {
    if (typeof value === 'number' && isText(i)) values[i] = values[value];
  });
}
