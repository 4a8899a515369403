import type { StoreFilter } from '@fashionmatch/domain';
import { describe, expect, test } from '@jest/globals';

import { toWhere } from './metadata-filter-where.js';

const cheap: StoreFilter = { op: 'lt', field: 'price', value: 50 };
const zara: StoreFilter = { op: 'eq', field: 'brand', value: 'Zara' };
const priced = (test: object): object => ({ $and: [{ price: { $gt: 0 } }, test] });
const not = (filter: StoreFilter): StoreFilter => ({ op: 'not', filter });

describe('a filter in the words of Chroma', () => {
  test.each<[string, StoreFilter, unknown]>([
    ['a text', zara, { brand: { $eq: 'Zara' } }],
    ['the source', { op: 'ne', field: 'source', value: 'scraped' }, { fm_source: { $ne: 'scraped' } }],
    ['a whole price', cheap, priced({ price: { $lt: 50 } })],
    [
      'and',
      { op: 'and', filters: [cheap, zara] },
      { $and: [priced({ price: { $lt: 50 } }), { brand: { $eq: 'Zara' } }] },
    ],
    ['and of one', { op: 'and', filters: [zara] }, { brand: { $eq: 'Zara' } }],
    [
      'not and',
      not({ op: 'and', filters: [cheap, zara] }),
      { $or: [priced({ price: { $gte: 50 } }), { brand: { $ne: 'Zara' } }] },
    ],
    [
      'not or',
      not({ op: 'or', filters: [cheap, zara] }),
      { $and: [priced({ price: { $gte: 50 } }), { brand: { $ne: 'Zara' } }] },
    ],
    ['not not', not(not(cheap)), priced({ price: { $lt: 50 } })],
    ['a choice', { op: 'in', field: 'size', values: ['S', 'M'] }, { size: { $in: ['S', 'M'] } }],
    ['no choice', not({ op: 'in', field: 'size', values: ['S', 'M'] }), { size: { $nin: ['S', 'M'] } }],
    ['a broken surrogate pair', { op: 'eq', field: 'title', value: 'a\ud83d' }, { title: { $eq: 'a\ufffd' } }],
    ['a negative fraction', { op: 'gt', field: 'price', value: -0.5 }, priced({ price: { $gt: -1 } })],
    ['infinity', { op: 'lt', field: 'price', value: Infinity }, priced({ price: { $lt: Number.MAX_SAFE_INTEGER } })],
    ['a price that differs from a text', { op: 'ne', field: 'price', value: '50' }, { price: { $gt: 0 } }],
  ])('%s', (_, filter, where) => {
    expect(toWhere(filter)).toEqual(where);
  });

  test.each<[string, StoreFilter, 'all' | 'none']>([
    ['and of nothing holds for all', { op: 'and', filters: [] }, 'all'],
    ['or of nothing holds for none', { op: 'or', filters: [] }, 'none'],
    ['a choice of nothing holds for none', { op: 'in', field: 'brand', values: [] }, 'none'],
    ['a price is equal to no text', { op: 'eq', field: 'price', value: '50' }, 'none'],
    ['a text differs from every number', { op: 'ne', field: 'brand', value: 50 }, 'all'],
    ['no text is below a number', { op: 'lt', field: 'brand', value: 50 }, 'none'],
    ['so every text is not below it', not({ op: 'lt', field: 'brand', value: 50 }), 'all'],
    ['nothing is equal to NaN', { op: 'eq', field: 'price', value: NaN }, 'none'],
    ['none makes a conjunction none', { op: 'and', filters: [zara, { op: 'or', filters: [] }] }, 'none'],
    ['all makes a disjunction all', { op: 'or', filters: [zara, { op: 'and', filters: [] }] }, 'all'],
  ])('%s', (_, filter, condition) => {
    expect(toWhere(filter)).toBe(condition);
  });
});
