import { open } from 'node:fs/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';

import { asSection, merge, parseLayer, type Section } from './config-layer.js';
import { configSchema } from './config.js';

/** Used when it exists and no other file is named. */
export const DEFAULT_CONFIG_PATH = 'config/config.yaml';

/** Variables `FASHIONMATCH_<SECTION>__<KEY>`, with one more `__` for a key inside a key. */
const ENVIRONMENT_PREFIX = 'FASHIONMATCH_';

const TOKEN_VARIABLE = 'CHROMA_TOKEN';

/** A configuration is a page of text; anything much larger is some other file. */
const MAX_CONFIG_BYTES = 1024 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Some settings, and where they come from. */
export interface ConfigLayer {
  readonly values: Section;
  /** Such as `file config/config.yaml:12`. */
  originOf(keys: readonly string[]): string;
}

/**
 * The settings of the file and of each variable, each layer valid in itself; later ones win.
 *
 * @throws FashionMatchError `CONFIG_INVALID` naming the file or variable and the key at fault.
 */
export async function configLayers(path: string | undefined, env: Environment): Promise<ConfigLayer[]> {
  const file = await fileLayer(path ?? DEFAULT_CONFIG_PATH, path !== undefined, env);
  return [...(file ? [file] : []), ...environmentLayers(env)];
}

async function fileLayer(path: string, required: boolean, env: Environment): Promise<ConfigLayer | undefined> {
  const text = await readText(path, required);
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const values = valuesOf(document, path);
  const { headers } = parseLayer(values, path).database;
  return {
    values: headers ? merge(values, { database: { headers: withVariables(headers, env, path) } }) : values,
    originOf(keys) {
      const node = document.getIn(keys, true);
      const line = isNode(node) && node.range ? `:${String(lines.linePos(node.range[0]).line)}` : '';
      return `file ${path}${line}`;
    },
  };
}

/** Headers with each `${NAME}` replaced by that variable: what lets one in need not stand in a file. */
function withVariables(headers: Readonly<Record<string, string>>, env: Environment, path: string): Section {
  const replaced = Object.entries(headers).map(([header, text]) => [
    header,
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = env[name];
      if (value) return value;
      const message = `In ${path}: "database.headers.${header}" needs the variable ${name}, which is not set.`;
      throw new FashionMatchError('CONFIG_INVALID', message);
    }),
  ]);
  const section = asSection(Object.fromEntries(replaced));
  parseLayer({ database: { headers: section } }, path);
  return section;
}

function valuesOf(document: Document, path: string): Section {
  const [error] = document.errors;
  let value: unknown;
  try {
    if (error) throw error;
    value = document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw new FashionMatchError('CONFIG_INVALID', `${path} is not valid YAML: ${reasonOf(cause)}`, { cause });
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
function environmentLayers(env: Environment): ConfigLayer[] {
  const token = env[TOKEN_VARIABLE];
  const layers = token === undefined || token === '' ? [] : [variableLayer(TOKEN_VARIABLE, { database: { token } })];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || !name.includes('__') || text === undefined) continue;
    const keys = keysOf(name);
    const nested = (value: unknown): Section =>
      asSection(keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value));
    // A variable is text; only where the key wants something else is it read as a number, a boolean or a list.
    const asText = nested(text);
    const value = configSchema.safeParse(asText).success ? asText : nested(scalarOf(text));
    parseLayer(value, name);
    layers.push(variableLayer(name, value));
  }
  return layers;
}

/** Shells take no dashes in the names of variables, and hardly a header has an underscore. */
function keysOf(variable: string): string[] {
  const [section = '', key = '', ...inner] = variable.slice(ENVIRONMENT_PREFIX.length).toLowerCase().split('__');
  const isHeader = section === 'database' && key === 'headers';
  return [section, key, ...(isHeader ? inner.map((name) => name.replaceAll('_', '-')) : inner)];
}

function variableLayer(name: string, values: Section): ConfigLayer {
  return { values, originOf: () => `environment ${name}` };
}

function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.startsWith('[')) return listOf(text);
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A list as JSON; what is none stays text, and is refused as such. */
function listOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
