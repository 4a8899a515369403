import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FashionMatchError, type Logger } from '@fashionmatch/domain';

import { sha256Of } from './file-hash.js';
import type { DownloadProgress, HubAccess } from './hub-file.js';
import { resolveHubModel, type HubModel } from './hub-model.js';
import { cacheRoot, type Environment } from './huggingface-cache.js';
import { catalogueModel, type CatalogueModel } from './model-catalog.js';
import {
  findWeights,
  isFile,
  isFolder,
  MODEL_CONFIG,
  PREPROCESSOR_CONFIG,
  readModelConfig,
  readPreprocessing,
  weightPaths,
} from './model-folder.js';
import type { Precision, ResolvedModel } from './resolved-model.js';

const BUILTIN_FOLDER = fileURLToPath(new URL('../builtin', import.meta.url));

export interface ResolveModelOptions {
  /** `fp32` by default. */
  readonly precision?: Precision;
  /** Where downloads are kept, instead of the folder that `HF_HUB_CACHE` and `HF_HOME` name. */
  readonly cacheDirectory?: string;
  /** Downloads nothing. By default as `HF_HUB_OFFLINE` says. */
  readonly offline?: boolean;
  /** Where `HF_…` variables are looked up, instead of the process's environment. */
  readonly env?: Environment;
  readonly fetch?: typeof fetch;
  readonly logger?: Logger;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds without a byte after which a connection is given up; 60,000 by default. */
  readonly stallMs?: number;
  /** Milliseconds before the first repetition of a failed request, doubled each time; 1,000 by default. */
  readonly retryDelayMs?: number;
}

/**
 * The verified files of a model, downloaded first where they are not on this machine.
 *
 * @param name A name of the catalogue, a repository of the hub (`org/name` or `org/name@revision`), or a folder in
 *   the hub's layout.
 * @throws FashionMatchError `MODEL_MISSING` when the files cannot be had, `MODEL_INVALID` when they are not what
 *   they should be, `CONFIG_INVALID` when the name is none, or `HF_ENDPOINT` no address.
 */
export async function resolveModel(name: string, options: ResolveModelOptions = {}): Promise<ResolvedModel> {
  const { precision = 'fp32' } = options;
  const known = catalogueModel(name);
  if (known?.repository === '') return resolveBuiltin(known, precision);
  if (known === undefined && (isPath(name) || (await isFolder(name)))) return resolveFolder(name, precision);
  return resolveHubModel(hubModel(name, known, precision), hubAccess(options));
}

async function resolveBuiltin(model: CatalogueModel, precision: Precision): Promise<ResolvedModel> {
  const weights = model.weights[precision];
  if (weights === undefined) throw notPublished(model, precision);
  const folder = join(BUILTIN_FOLDER, model.name.slice('builtin/'.length));
  const resolved = await fromFolder(model.name, folder, weights.path, precision);
  if (resolved.sha256 === weights.sha256) return resolved;
  throw new FashionMatchError(
    'MODEL_INVALID',
    `The file of ${model.name} has been altered: install FashionMatch again.`,
  );
}

async function resolveFolder(name: string, precision: Precision): Promise<ResolvedModel> {
  const folder = expandHome(name);
  const weights = await findWeights(folder, precision);
  if (weights === undefined) {
    throw new FashionMatchError(
      'MODEL_MISSING',
      `The folder ${folder} holds no ${precision} image encoder: none of ${weightPaths(precision).join(', ')}.`,
    );
  }
  if (!(await isFile(join(folder, PREPROCESSOR_CONFIG)))) {
    throw new FashionMatchError('MODEL_MISSING', `The folder ${folder} holds no ${PREPROCESSOR_CONFIG}.`);
  }
  return fromFolder(name, folder, weights, precision);
}

async function fromFolder(name: string, folder: string, weights: string, precision: Precision): Promise<ResolvedModel> {
  const path = join(folder, weights);
  return {
    name,
    revision: '',
    precision,
    path,
    sha256: await sha256Of(path),
    ...(await readModelConfig(join(folder, MODEL_CONFIG))),
    preprocessing: await readPreprocessing(join(folder, PREPROCESSOR_CONFIG)),
  };
}

function hubModel(name: string, known: CatalogueModel | undefined, precision: Precision): HubModel {
  if (known !== undefined) {
    if (known.weights[precision] === undefined) throw notPublished(known, precision);
    return { name: known.name, repository: known.repository, revision: known.revision, precision, known };
  }
  const [, repository, revision = 'main'] = /^([\w][\w.-]*\/[\w][\w.-]*?)(?:@([\w][\w.-]*))?$/.exec(name) ?? [];
  if (repository === undefined) {
    throw new FashionMatchError(
      'CONFIG_INVALID',
      `${name} is no model: give a name that "fashionmatch models list" shows, a repository such as org/name, or a folder.`,
    );
  }
  return { name: repository, repository, revision, precision, known: undefined };
}

function hubAccess(options: ResolveModelOptions): HubAccess {
  const { env = process.env, stallMs = 60_000, retryDelayMs = 1000 } = options;
  const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new FashionMatchError('CONFIG_INVALID', `HF_ENDPOINT is no web address: ${endpoint}`);
  }
  return {
    cacheRoot: resolve(options.cacheDirectory ?? cacheRoot(env)),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    connection: { endpoint, token: env['HF_TOKEN'] ?? '', fetch: options.fetch ?? fetch, stallMs, retryDelayMs },
    logger: options.logger ?? SILENT,
    onProgress: options.onProgress ?? (() => undefined),
  };
}

const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Nobody listens.
}

function notPublished({ name, weights }: CatalogueModel, precision: Precision): FashionMatchError {
  const published = Object.keys(weights).join(', ');
  return new FashionMatchError('MODEL_MISSING', `${name} is not published in ${precision}, only in ${published}.`);
}

function isPath(name: string): boolean {
  return /^(~?[/\\]|\.\.?([/\\]|$)|~$|[a-zA-Z]:[/\\])/.test(name);
}

function expandHome(path: string): string {
  return resolve(/^~([/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path);
}
