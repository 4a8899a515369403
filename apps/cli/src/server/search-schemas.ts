import { faults, hints, itemId, itemProperties, text, where } from './schemas.js';

const score = { type: 'number', minimum: -1, maximum: 1 } as const;
const weight = { type: 'number', minimum: 0, maximum: 1e6 } as const;

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
  where,
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
          unproven: { type: 'boolean', description: 'where items that the store does not name may be better' },
          percentile: {
            type: 'number',
            minimum: 0,
            maximum: 100,
            description: 'which share of unrelated items of the store scores less, where that is known',
          },
          closeness: {
            enum: ['same picture', 'very close', 'close', 'weak'],
            description: 'the same in a word or two',
          },
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
      id: { ...itemId, description: 'a stored item' },
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
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      region: {
        ...text,
        maxLength: 200,
        description: 'x,y,width,height as shares of the photo: a part of it only, as of `fashionmatch search --region`',
      },
      ...searchParameters,
    },
  },
  response: { 200: { ...hits, description: 'The best first' }, ...faults },
} as const;
