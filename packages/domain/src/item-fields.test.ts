import { expect, test } from '@jest/globals';

import type { StoredItem } from './fashion-item.js';
import { sameMetadata, sameStored, seenValues, STORED_FIELDS, storedEntries, storedItemOf } from './item-fields.js';
import { sampleItem } from './testing/sample-items.js';

const { item, provenance } = sampleItem('a', { clip: 2, dino: 2 });

const valuesOf = (stored: StoredItem): unknown[] => storedEntries(stored).map(([, value]) => value);

test('every field of an item and of its provenance has a row, and is read and written by it', () => {
  const names = STORED_FIELDS.map(({ name }) => name);
  expect(names).toEqual([...Object.keys(item), ...Object.keys(provenance)]);
  expect(storedItemOf(valuesOf({ item, provenance }))).toEqual({ item, provenance });
});

test.each(STORED_FIELDS.map((field, i) => ({ ...field, i })))(
  'a change of $name is one, and one to another type is no item',
  ({ i, type, name }) => {
    const values = valuesOf({ item, provenance });
    const other = { text: 'other', number: 7, source: 'scraped' }[type];
    const changed = storedItemOf(values.with(i, values[i] === other ? 'references' : other));
    expect(changed && sameStored(changed, { item, provenance })).toBe(false);
    expect(changed && sameMetadata(changed.item, item)).toBe(!(name in item));
    expect(changed && seenValues(changed.item)).toHaveLength(11);
    const ofOtherType = [...values.slice(0, i), type === 'number' ? '7' : 7, ...values.slice(i + 1)];
    expect(storedItemOf(ofOtherType)).toBeUndefined();
  },
);

test('when and from where an item was read is not what is seen of it', () => {
  const elsewhere = { itemId: 'b', scrapedAt: 'later', localImagePath: '/elsewhere' };
  expect(seenValues({ ...item, ...elsewhere })).toEqual(seenValues(item));
  expect(seenValues({ ...item, price: 1 })).not.toEqual(seenValues(item));
});

test('values that are too few, too many or no numbers are of no item', () => {
  const values = valuesOf({ item, provenance });
  expect(storedItemOf(values.slice(1))).toBeUndefined();
  expect(storedItemOf([...values, ''])).toBeUndefined();
  expect(storedItemOf(values.with(2, NaN))).toBeUndefined();
});
