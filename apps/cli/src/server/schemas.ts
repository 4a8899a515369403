// JSON Schema: the web framework checks requests with it, and the OpenAPI description is made of it.

const text = { type: 'string' } as const;
const score = { type: 'number', minimum: -1, maximum: 1 } as const;
const weight = { type: 'number', minimum: 0, maximum: 1e6 } as const;

const itemProperties = {
  item_id: text,
  title: text,
  price: { type: 'number', description: '0 where there is none' },
  currency: text,
  brand: text,
  size: text,
  condition: text,
  category: text,
  url: { type: ['string', 'null'], description: 'where it is offered, when that is on the web' },
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
const faults = {
  '4xx': { ...error, description: 'What is wrong with the request' },
  '5xx': { ...error, description: 'What went wrong' },
};

/** How to search, whatever for. */
export interface SearchParameters {
  readonly top_k: number;
  readonly clip?: number;
  readonly dino?: number;
  readonly min_score?: number;
  readonly distinct: boolean;
  readonly where?: string;
}

const searchParameters = {
  top_k: { type: 'integer', minimum: 1, maximum: 200, default: 24 },
  clip: { ...weight, description: 'weight of CLIP; only the ratio to `dino` matters' },
  dino: { ...weight, description: 'weight of DINOv2' },
  min_score: { ...score, description: 'leaves out what scores less' },
  distinct: {
    type: 'boolean',
    default: true,
    description: 'one hit for items with the same picture, or copies of one',
  },
  where: { ...text, maxLength: 4000, description: 'a filter, as of `fashionmatch search --where`' },
} as const;

const hints = {
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

const hits = {
  type: 'object',
  required: ['schema_version', 'hits', 'hints'],
  properties: {
    schema_version: { const: 1 },
    hints,
    hits: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          rank: { type: 'integer', minimum: 1 },
          similarity_score: score,
          clip_score: score,
          dino_score: { ...score, type: ['number', 'null'], description: 'null where a text was searched for' },
          copies: { type: 'integer', description: 'how many items with the same picture it stands for as well' },
          ...itemProperties,
        },
      },
    },
  },
} as const;

export const SEARCH = {
  summary: 'Look-alikes of a stored item, or what a text says',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { ...text, minLength: 1, maxLength: 512, description: 'a stored item' },
      text: { ...text, minLength: 1, maxLength: 1000, description: 'words instead; needs a model with a text tower' },
      ...searchParameters,
    },
  },
  response: { 200: { ...hits, description: 'The best first' }, ...faults },
} as const;

/** For the description; the bytes themselves say what they are. */
const PHOTO_TYPES = [
  'application/octet-stream',
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/heic',
  'image/heif',
  'image/tiff',
  'image/gif',
];

export const SEARCH_BY_PHOTO = {
  summary: 'Look-alikes of a photo',
  body: { content: Object.fromEntries(PHOTO_TYPES.map((type) => [type, { schema: {} }])) },
  querystring: { type: 'object', additionalProperties: false, properties: searchParameters },
  response: { 200: { ...hits, description: 'The best first' }, ...faults },
} as const;

const item = {
  type: 'object',
  properties: { ...itemProperties, description: text, source: { enum: ['references', 'scraped'] } },
} as const;

const itemParameters = { type: 'object', properties: { id: { ...text, minLength: 1, maxLength: 512 } } } as const;

export const ITEMS = {
  summary: 'Some of the stored items',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 24 } },
  },
  response: {
    200: {
      type: 'object',
      properties: { items: { type: 'array', items: item } },
      description: 'In no particular order',
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
  produces: ['image/webp'],
  response: { 200: { description: 'WebP, 320 pixels at most', type: 'string', format: 'binary' }, ...faults },
} as const;

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
