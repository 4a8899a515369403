import { parseMetadataFilter } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readAddress } from '../address/address.js';
import { whereOf } from './where.js';

const { filters } = readAddress('');

test('is what the filter language understands', () => {
  expect(whereOf(filters)).toBe('');
  expect(whereOf({ ...filters, from: '10', to: '49.5', brand: 'Cos', size: 'M / L' })).toBe(
    'price >= 10 and price <= 49.5 and brand = "Cos" and size = "M / L"',
  );
});

test('whatever is typed as a brand, only that brand is asked for', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (brand) => {
      expect(parseMetadataFilter(whereOf({ ...filters, brand }))).toEqual({
        op: 'alike',
        field: 'brand',
        values: [brand],
      });
    }),
  );
});

test('a price that is none is refused, and nothing else is', () => {
  expect(() => parseMetadataFilter(whereOf({ ...filters, from: '1 or price > 0' }))).toThrow('price');
});
