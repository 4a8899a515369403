import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

import { hubAccess, type HubAccessOptions } from '../hub/hub-access.js';
import { resolveHubModel } from '../hub/hub-model.js';
import type { CatalogueModel, Precision } from './model-catalog.js';
import {
  findWeights,
  isFile,
  MODEL_CONFIG,
  preprocessorFile,
  readModelConfig,
  readPreprocessing,
  weightPaths,
} from './model-folder.js';
import { locateModel } from './model-location.js';
import { weightsInFolder } from './model-weights.js';
import type { ResolvedModel } from './resolved-model.js';

export interface ResolveModelOptions extends HubAccessOptions {
  /** `fp32` by default. */
  readonly precision?: Precision;
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
  const model = await locateModel(name);
  if (model.kind === 'folder') return resolveFolder(model.name, model.folder, precision);
  const { known } = model;
  if (known !== undefined && known.weights[precision] === undefined) throw notPublished(known, precision);
  if (model.kind === 'builtin') return resolveBuiltin(model.known, model.folder, precision);
  return resolveHubModel(model, precision, hubAccess(options));
}

async function resolveBuiltin(model: CatalogueModel, folder: string, precision: Precision): Promise<ResolvedModel> {
  const weights = model.weights[precision];
  const resolved = await fromFolder(model.name, folder, weights?.path ?? '', precision);
  if (resolved.sha256 === weights?.sha256) return resolved;
  throw new FashionMatchError(
    'MODEL_INVALID',
    `The file of ${model.name} has been altered: install FashionMatch again.`,
  );
}

async function resolveFolder(name: string, folder: string, precision: Precision): Promise<ResolvedModel> {
  const weights = await findWeights(folder, precision);
  if (weights === undefined) {
    throw new FashionMatchError(
      'MODEL_MISSING',
      `The folder ${folder} holds no ${precision} image encoder: none of ${weightPaths(precision).join(', ')}.`,
    );
  }
  return fromFolder(name, folder, weights, precision);
}

async function fromFolder(name: string, folder: string, weights: string, precision: Precision): Promise<ResolvedModel> {
  const preprocessor = await preprocessorFile(folder);
  if (!(await isFile(join(folder, preprocessor)))) {
    throw new FashionMatchError('MODEL_MISSING', `The folder ${folder} holds no ${preprocessor}.`);
  }
  return {
    name,
    revision: '',
    precision,
    ...(await weightsInFolder(join(folder, weights))),
    ...(await readModelConfig(join(folder, MODEL_CONFIG))),
    preprocessing: await readPreprocessing(join(folder, preprocessor)),
  };
}

function notPublished({ name, weights }: CatalogueModel, precision: Precision): FashionMatchError {
  const published = Object.keys(weights).join(', ');
  return new FashionMatchError('MODEL_MISSING', `${name} is not published in ${precision}, only in ${published}.`);
}
