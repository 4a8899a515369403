import { item } from './item-schemas.js';
import { faults, offset } from './schemas.js';

export interface DuplicatesParameters {
  readonly kind?: 'exact' | 'near' | 'relist';
  readonly offset: number;
  readonly limit: number;
}

const lowest = { type: ['number', 'null'], minimum: -1, maximum: 1 } as const;

const group = {
  type: 'object',
  properties: {
    kind: { enum: ['exact', 'near'] },
    relist: { type: 'boolean', description: 'offered by more than one seller, or for more than one price' },
    lowest_clip_score: { ...lowest, description: 'the lowest that joined two files; null where all are the same' },
    lowest_dino_score: lowest,
    items_total: { type: 'integer', description: 'how many the group has; of more than 100, the first 100 are told' },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...item.properties,
          same_content: { type: 'boolean', description: 'the same file as that of the first' },
        },
      },
    },
  },
} as const;

export const DUPLICATES = {
  summary: 'Groups of items with the same picture, or with copies of one, the largest first',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      kind: { enum: ['exact', 'near', 'relist'], description: 'groups of one kind; all unless given' },
      offset,
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 24 },
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['schema_version', 'state', 'total', 'offset', 'groups'],
      properties: {
        schema_version: { const: 1 },
        state: { const: 'ready' },
        total: { type: 'integer', description: 'how many groups there are on all pages' },
        offset: { type: 'integer' },
        groups: { type: 'array', items: group },
      },
      description: 'Some of the groups',
    },
    202: {
      type: 'object',
      required: ['schema_version', 'state', 'done', 'total'],
      properties: {
        schema_version: { const: 1 },
        state: { const: 'searching' },
        done: { type: 'integer', description: 'steps: each item is read, and then compared with the others' },
        total: { type: 'integer', description: 'steps there are at most' },
      },
      description: 'They are still looked for: ask again',
    },
    ...faults,
  },
} as const;
