// JSON Schema: the web framework checks requests with it, and the OpenAPI description is made of it.

export const text = { type: 'string' } as const;

/** For what is looked up: none of these characters can be stored. */
const NO_CONTROL_CHARACTERS = '^\\P{Cc}*$';

export const itemId = { ...text, minLength: 1, maxLength: 512, pattern: NO_CONTROL_CHARACTERS } as const;

export const where = {
  ...text,
  maxLength: 4000,
  pattern: NO_CONTROL_CHARACTERS,
  description: 'a filter, as of `fashionmatch search --where`',
} as const;

/** How far it can be paged. */
export const offset = {
  type: 'integer',
  minimum: 0,
  maximum: 1_000_000,
  default: 0,
  description: 'how many are passed over',
} as const;

/** What is told of every item. */
export const itemProperties = {
  item_id: text,
  title: text,
  price: { type: 'number', description: '0 where there is none' },
  currency: text,
  brand: text,
  size: text,
  condition: text,
  category: text,
  url: { type: ['string', 'null'], description: 'where it is offered, when that is on the web' },
  picture: { ...text, description: 'where its picture is: another address for every other picture' },
} as const;

const error = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { ...text, description: 'stable' }, message: text },
    },
  },
} as const;

/** Of every answer that is none. */
export const faults = {
  '4xx': { ...error, description: 'What is wrong with the request' },
  '5xx': { ...error, description: 'What went wrong' },
};

export const hints = {
  type: 'array',
  description: 'what of the filter no stored item meets, where nothing was found',
  items: {
    type: 'object',
    properties: {
      field: text,
      operator: text,
      asked: text,
      nearest: { ...text, description: 'the stored value that is nearest' },
      items: { type: 'integer', description: 'how many items have it' },
    },
  },
} as const;

const weight = { type: 'number', minimum: 0, maximum: 1e6 } as const;

const encoder = { type: 'object', properties: { id: text, device: text, precision: text } } as const;

export const STATUS = {
  summary: 'What is stored, and how to ask for it',
  response: {
    200: {
      type: 'object',
      description: 'The store',
      properties: {
        schema_version: { const: 1 },
        items: { type: 'integer' },
        encoders: { type: 'object', properties: { clip: encoder, dino: encoder } },
        weights: { type: 'object', properties: { clip: weight, dino: weight } },
        generation: { type: ['string', 'null'], description: 'which one is searched' },
        reads_text: { type: 'boolean', description: 'whether `text` can be searched for' },
        max_upload_bytes: { type: 'integer' },
      },
    },
    ...faults,
  },
} as const;
