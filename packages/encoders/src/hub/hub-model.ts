import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

import type { HubAccess } from './hub-access.js';
import { ensureFile } from './hub-file.js';
import { hubRevision } from './hub-revision.js';
import type { Precision } from '../models/model-catalog.js';
import {
  findWeights,
  MODEL_CONFIG,
  PREPROCESSOR_CONFIG,
  PROCESSOR_CONFIG,
  readModelConfig,
  readPreprocessing,
  weightPaths,
} from '../models/model-folder.js';
import type { HubLocation } from '../models/model-location.js';
import { weightsFromHub } from '../models/model-weights.js';
import type { ResolvedModel } from '../models/resolved-model.js';

/**
 * The files of a model, from the cache or else from the hub. When all are in the cache, no request is sent.
 *
 * @throws FashionMatchError `MODEL_MISSING` when they can be had from neither, `MODEL_INVALID` when the hub sends
 *   something else than it should.
 */
export async function resolveHubModel(
  model: HubLocation,
  precision: Precision,
  access: HubAccess,
): Promise<ResolvedModel> {
  const { known } = model;
  const { from, snapshot, paths, knownPaths } = await hubRevision(model, access);
  const weights = known?.weights[precision] ?? {
    path: (await findWeights(snapshot, precision)) ?? weightsIn(await paths(), model.repository, precision),
  };
  // The small ones first: a model that is of no use is found out before the large download.
  const preprocessing = await readPreprocessing(
    await ensureFile(from, known?.preprocessor ?? { path: preprocessorIn(knownPaths()) }),
  );
  if (known === undefined && knownPaths().includes(MODEL_CONFIG)) await ensureFile(from, { path: MODEL_CONFIG });
  const config = await readModelConfig(join(snapshot, MODEL_CONFIG));
  return {
    name: model.name,
    revision: from.commit,
    precision,
    ...(await weightsFromHub(from, weights)),
    modelType: config.modelType,
    dimensions: known?.dimensions ?? config.dimensions,
    preprocessing,
  };
}

function preprocessorIn(paths: readonly string[]): string {
  const isElsewhere = !paths.includes(PREPROCESSOR_CONFIG) && paths.includes(PROCESSOR_CONFIG);
  return isElsewhere ? PROCESSOR_CONFIG : PREPROCESSOR_CONFIG;
}

function weightsIn(paths: readonly string[], repository: string, precision: Precision): string {
  const candidates = weightPaths(precision);
  const found = candidates.find((path) => paths.includes(path));
  if (found !== undefined) return found;
  throw new FashionMatchError(
    'MODEL_MISSING',
    `The repository ${repository} holds no ${precision} image encoder: none of ${candidates.join(', ')}.`,
  );
}
