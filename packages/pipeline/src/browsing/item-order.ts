import { filterValueOf, type StoredItem } from '@fashionmatch/domain';

/** What items can be put in order by. */
export type ItemOrderField = 'brand' | 'itemId' | 'price' | 'title';

/**
 * `stored` is the order in which the store lists its items: with Chroma, that in which they were first stored. Items
 * that have nothing in the field come last either way, and those that have the same in the order in which they are
 * stored. Prices are compared as figures, whatever their currency.
 */
export type ItemOrder =
  { readonly by: 'stored' } | { readonly by: ItemOrderField; readonly isDescending?: boolean | undefined };

/** What an item is put in order by. */
export const orderValueOf = (stored: StoredItem, field: ItemOrderField): string | number =>
  field === 'itemId' ? stored.item.itemId : filterValueOf(stored, field);

/** As a dictionary has them, on every machine alike. */
const { compare: compareTexts } = new Intl.Collator('en');

/** Compares what items have in a field. */
export function valueComparison(isDescending: boolean): (a: string | number, b: string | number) => number {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [lacksA, lacksB] = [isNothing(a), isNothing(b)];
    if (lacksA || lacksB) return Number(lacksA) - Number(lacksB);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * compareTexts(String(a), String(b));
  };
}

const isNothing = (value: string | number): boolean => value === '' || value === 0;
