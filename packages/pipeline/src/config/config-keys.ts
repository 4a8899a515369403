import { z } from 'zod';

import { configSchema } from './config.js';

/** One setting, as the schema describes it. */
export interface ConfigKey {
  /** Such as `['models', 'fusion_weights', 'clip']`. */
  readonly keys: readonly string[];
  /** One sentence or two. */
  readonly description: string;
  /** Such as `fp32, fp16, int8`; `''` when the description says all. */
  readonly choices: string;
  /** Undefined where a setting has none. */
  readonly default: unknown;
  /** Never shown. */
  readonly secret: boolean;
}

/** Read from zod's JSON Schema, in which it has checked the rest. */
const nodeSchema = z.object({
  description: z.string().default(''),
  default: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  enum: z.array(z.string()).default([]),
  writeOnly: z.boolean().default(false),
});

/** The configuration's JSON Schema (draft 2020-12), with a description of every key. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}

/** Every setting there is, in the order of the file. */
export function configKeys(): ConfigKey[] {
  return keysBelow(configJsonSchema(), []);
}

function keysBelow(schema: unknown, keys: readonly string[]): ConfigKey[] {
  const { properties, description, default: value, enum: choices, writeOnly } = nodeSchema.parse(schema);
  if (properties === undefined) {
    return [{ keys, description, choices: choices.join(', '), default: value, secret: writeOnly }];
  }
  return Object.entries(properties).flatMap(([key, inner]) => keysBelow(inner, [...keys, key]));
}
