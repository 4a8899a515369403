import { open } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { parse } from 'yaml';
import { z } from 'zod';

import { configSchema, toAppConfig, type AppConfig, type ConfigInput } from './config.js';

/** Used when it exists and no other file is named. */
export const DEFAULT_CONFIG_PATH = 'config/config.yaml';

/** Variables `FASHIONMATCH_<SECTION>__<KEY>`, with one more `__` for a key inside a key. */
const ENVIRONMENT_PREFIX = 'FASHIONMATCH_';

/** A configuration is a page of text; anything much larger is some other file. */
const MAX_CONFIG_BYTES = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;
type Section = Record<string, unknown>;

export interface LoadConfigOptions {
  /** A file that must exist; without it {@link DEFAULT_CONFIG_PATH} is used where there is one. */
  readonly path?: string | undefined;
  /** The process's environment, unless told otherwise. */
  readonly env?: Environment | undefined;
  /** Win over the environment and the file. */
  readonly overrides?: ConfigInput | undefined;
}

/**
 * The effective configuration: overrides, then the environment, then the file, then defaults.
 *
 * @throws FashionMatchError `CONFIG_INVALID` naming the file or variable and the key at fault.
 */
export async function loadConfig({
  path,
  env = process.env,
  overrides = {},
}: LoadConfigOptions = {}): Promise<AppConfig> {
  const file = await readConfigFile(path ?? DEFAULT_CONFIG_PATH, path !== undefined);
  if (file) parseLayer(file, path ?? DEFAULT_CONFIG_PATH);
  const fromEnvironment = environmentLayer(env);
  const merged = merge(merge(file ?? {}, fromEnvironment), asSection(overrides));
  return toAppConfig(parseLayer(merged, 'the options and environment'));
}

/** Checks a configuration given in code. @throws FashionMatchError `CONFIG_INVALID` */
export function parseConfig(input: ConfigInput): AppConfig {
  return toAppConfig(parseLayer(input, 'the configuration'));
}

function parseLayer(value: unknown, origin: string): z.output<typeof configSchema> {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw new FashionMatchError('CONFIG_INVALID', `In ${origin}: ${describeIssue(result.error, value)}.`);
}

async function readConfigFile(path: string, required: boolean): Promise<Section | undefined> {
  const text = await readText(path, required);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    throw new FashionMatchError('CONFIG_INVALID', `${path} is not valid YAML: ${reasonOf(error)}`, { cause: error });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new FashionMatchError('CONFIG_INVALID', `${path} must hold sections such as "models:" and "database:".`);
  }
  return asSection(value);
}

async function readText(path: string, required: boolean): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > MAX_CONFIG_BYTES) {
      throw new FashionMatchError('CONFIG_INVALID', `${path} is too large for a configuration file (1 MB at most).`);
    }
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof FashionMatchError) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && !required) return undefined;
    const why = missing ? 'does not exist' : `cannot be read (${reasonOf(error)})`;
    throw new FashionMatchError('CONFIG_INVALID', `The config file ${path} ${why}.`, { cause: error });
  }
}

/** The values that the environment gives, in the shape of the file. */
function environmentLayer(env: Environment): Section {
  const token = env['CHROMA_TOKEN'];
  let layer: Section = token === undefined || token === '' ? {} : { database: { token } };
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || !name.includes('__') || text === undefined) continue;
    const keys = name.slice(ENVIRONMENT_PREFIX.length).toLowerCase().split('__');
    const nested = (value: unknown): Section =>
      asSection(keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value));
    // A variable is text; only where the key wants something else is it read as a number or a boolean.
    const asText = nested(text);
    const value = configSchema.safeParse(asText).success ? asText : nested(scalarOf(text));
    parseLayer(value, name);
    layer = merge(layer, value);
  }
  return layer;
}

function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Sections merge key by key; anything else is replaced. */
function merge(below: Section, above: Section): Section {
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

function asSection(value: unknown): Section {
  return typeof value === 'object' ? { ...value } : {};
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
  return `"${at.join('.')}" ${wording(issue, valueAt(value, issue.path))}`;
}

function wording(issue: z.core.$ZodIssue, given: unknown): string {
  const got = given === undefined ? '' : `, got ${JSON.stringify(given).slice(0, 60)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}${got}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}${got}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be ${String(issue.minimum)} or more${got}`;
    case 'too_big':
      return `must be ${String(issue.maximum)} or less${got}`;
    case 'invalid_union':
      return `must be "auto" or a whole number in range${got}`;
    default:
      return `${issue.message}${got}`;
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isSection(inner) ? inner[String(key)] : undefined), value);
}
