import { faults, hints, itemId, itemProperties, offset, text, where } from './schemas.js';

export const item = {
  type: 'object',
  properties: {
    ...itemProperties,
    description: text,
    seller_id: { ...text, description: 'who offers it' },
    scraped_at: { ...text, description: 'ISO 8601 in UTC' },
    source: { enum: ['references', 'scraped'] },
    image: { type: 'object', properties: { bytes: { type: 'integer', description: 'of the image file' } } },
  },
} as const;

const itemParameters = { type: 'object', properties: { id: itemId } } as const;

const SORTS = ['stored', 'price', '-price', 'title', '-title', 'brand', '-brand', 'item_id'] as const;

export type ItemSort = (typeof SORTS)[number];

export interface ItemsParameters {
  readonly where?: string;
  readonly sort: ItemSort;
  readonly offset: number;
  readonly limit: number;
}

export const ITEMS = {
  summary: 'The stored items, page by page',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      where,
      sort: {
        enum: SORTS,
        default: 'stored',
        description:
          '`stored`: as the store lists them, the ones that were stored first coming first; `-` for the other way ' +
          'round. What has no price, title or brand comes last either way. The order stays while the store does',
      },
      offset,
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 24 },
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['schema_version', 'total', 'offset', 'items', 'hints'],
      properties: {
        schema_version: { const: 1 },
        total: { type: 'integer', description: 'how many there are on all pages' },
        offset: { type: 'integer' },
        items: { type: 'array', items: item },
        hints,
      },
      description: 'One page of them',
    },
    ...faults,
  },
} as const;

export const ITEM = {
  summary: 'One item',
  params: itemParameters,
  response: { 200: { ...item, description: 'The item' }, ...faults },
} as const;

export const THUMBNAIL = {
  summary: 'Its picture, as long as the file is the one that was embedded',
  params: itemParameters,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      v: { ...text, maxLength: 64, description: 'as in `picture`: what has it can be kept for good' },
    },
  },
  produces: ['image/webp'],
  response: {
    200: { description: 'WebP, 320 pixels at most', type: 'string', format: 'binary' },
    304: { description: 'What the `if-none-match` header names is still its picture', type: 'null' },
    ...faults,
  },
} as const;

export const VALUES = {
  summary: 'What the items have in a field, to choose from',
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['field'],
    properties: { field: { enum: ['brand', 'category', 'seller', 'size', 'condition'] } },
  },
  response: {
    200: {
      type: 'object',
      required: ['schema_version', 'values'],
      properties: {
        schema_version: { const: 1 },
        values: {
          type: ['array', 'null'],
          items: text,
          description: 'each once, as a dictionary has them; null where they are too many',
        },
      },
      description: 'The values',
    },
    ...faults,
  },
} as const;
