import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { hubAccess, type HubAccessOptions } from './hub-access.js';
import {
  contentMatches,
  isVerified,
  readRef,
  recordedHash,
  repositoryFolder,
  snapshotPath,
} from './huggingface-cache.js';
import { findWeights, isFile, PREPROCESSOR_CONFIG, weightPaths } from './model-folder.js';
import { locateModel, type HubLocation } from './model-location.js';
import type { Precision } from './resolved-model.js';

export interface ModelFileStatus {
  /** Absolute; where the file would be when it is missing. */
  readonly path: string;
  readonly state: 'present' | 'missing' | 'corrupt';
  /** Bytes, of the file or, when it is missing, as the catalogue says; `undefined` when neither knows. */
  readonly size: number | undefined;
  /** What its content should be: SHA-256, or git's SHA-1 of it; `''` when nobody has recorded it. */
  readonly hash: string;
}

/** What is on this machine of a model. */
export interface ModelStatus {
  readonly name: string;
  readonly kind: 'builtin' | 'folder' | 'hub';
  readonly precision: Precision;
  /** The commit, 40 hex digits; `''` when none is known, and for models that are not of the hub. */
  readonly revision: string;
  readonly files: readonly ModelFileStatus[];
}

export interface InspectModelOptions extends HubAccessOptions {
  /** `fp32` by default. */
  readonly precision?: Precision;
  /** Reads every file in full, also those that have been found right before. */
  readonly thorough?: boolean;
}

/**
 * Looks at a model's files. Downloads nothing, sends nothing and moves nothing.
 *
 * @throws FashionMatchError `CONFIG_INVALID` when the name is no model.
 */
export async function inspectModel(name: string, options: InspectModelOptions = {}): Promise<ModelStatus> {
  const { precision = 'fp32', thorough = false } = options;
  const model = await locateModel(name);
  const known = model.kind === 'folder' ? undefined : model.known;
  const { folder, revision, repository } =
    model.kind === 'hub' ? await findInCache(model, options) : { folder: model.folder, revision: '', repository: '' };

  const weights = known?.weights[precision] ?? { path: await likeliestWeights(folder, precision) };
  const files: ModelFileStatus[] = [];
  for (const file of [known?.preprocessor ?? { path: PREPROCESSOR_CONFIG }, weights]) {
    const path = join(folder, file.path);
    const hash = file.sha256 ?? (await recordedHash(path)) ?? '';
    if (!(await isFile(path))) {
      files.push({ path, state: 'missing', size: file.size, hash });
      continue;
    }
    const readInFull = thorough || repository === '';
    const isRight =
      hash === '' || (await (readInFull ? contentMatches(path, hash) : isVerified(repository, path, hash)));
    files.push({ path, state: isRight ? 'present' : 'corrupt', size: (await stat(path)).size, hash });
  }
  return { name: model.name, kind: model.kind, precision, revision, files };
}

async function findInCache({ repository, revision }: HubLocation, options: HubAccessOptions) {
  const folder = repositoryFolder(hubAccess(options).cacheRoot, repository);
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await readRef(folder, revision);
  return { folder: snapshotPath(folder, commit ?? revision, '.'), revision: commit ?? '', repository: folder };
}

async function likeliestWeights(folder: string, precision: Precision): Promise<string> {
  return (await findWeights(folder, precision)) ?? weightPaths(precision)[0] ?? '';
}
