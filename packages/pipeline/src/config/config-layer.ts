import { FashionMatchError } from '@fashionmatch/domain';
import { z } from 'zod';

import { configKeys } from './config-keys.js';
import { configSchema } from './config.js';

/** Settings under their names in the file: of a whole configuration, or of a part of one. */
export type Section = Record<string, unknown>;

/** @throws FashionMatchError `CONFIG_INVALID` naming the origin and the key at fault. */
export function parseLayer(value: unknown, origin: string): z.output<typeof configSchema> {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw new FashionMatchError('CONFIG_INVALID', `In ${origin}: ${describeIssue(result.error, value)}.`);
}

/** Sections merge key by key; anything else is replaced. */
export function merge(below: Section, above: Section): Section {
  const merged: Section = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const under = merged[key];
    merged[key] = isSection(under) && isSection(value) ? merge(under, value) : value;
  }
  return merged;
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asSection(value: unknown): Section {
  return typeof value === 'object' ? { ...value } : {};
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isSection(inner) ? inner[String(key)] : undefined), value);
}

/** One line for the first thing that is wrong, naming the key. */
function describeIssue(error: z.ZodError, value: unknown): string {
  const [issue] = error.issues;
  if (!issue) return 'is not valid';
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return `unknown key "${[...at, key].join('.')}"; remove it, or see \`fashionmatch config schema\` for the keys there are`;
  }
  return `"${at.join('.')}" ${wording(issue, hasSecret(at) ? undefined : valueAt(value, issue.path))}`;
}

/** A wrong value is told, unless it may be a secret: an address can have a password in it. */
function hasSecret(path: readonly string[]): boolean {
  return (
    ['database.host', 'queue.url'].includes(path.join('.')) ||
    configKeys().some(({ keys, secret }) => secret && keys.every((key, depth) => path[depth] === key))
  );
}

/** Types whose names are not words for people. */
const EXPECTED: Readonly<Record<string, string>> = { int: 'a whole number', array: 'a list' };

/** What zod says where the schema has nothing to say. */
const DEFAULT_UNION = 'Invalid input';

function wording(issue: z.core.$ZodIssue, given: unknown): string {
  const got = given === undefined ? '' : `, got ${JSON.stringify(given).slice(0, 60)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${EXPECTED[issue.expected] ?? `a ${issue.expected}`}${got}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}${got}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be ${String(issue.minimum)} or more${got}`;
    case 'too_big':
      return `must be ${String(issue.maximum)} or less${got}`;
    case 'invalid_key':
      return 'is no name of a header';
    case 'invalid_union':
      return `${issue.message === DEFAULT_UNION ? 'must be "auto" or a whole number in range' : issue.message}${got}`;
    default:
      return `${issue.message}${got}`;
  }
}
