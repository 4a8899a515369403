import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

import { hubAccess, type HubAccessOptions } from '../hub/hub-access.js';
import {
  contentMatches,
  isVerified,
  readRef,
  recordedHash,
  repositoryFolder,
  snapshotPath,
} from '../hub/huggingface-cache.js';
import type { CatalogueFile, CatalogueModel, Precision } from './model-catalog.js';
import { findTextWeights, findWeights, isFile, preprocessorFile, TOKENIZER, weightPaths } from './model-folder.js';
import { locateModel, type HubLocation } from './model-location.js';
import { placeOfWeights } from './model-weights.js';
import { textKind } from './text-tower-files.js';
import { readOnnxGraph } from '../onnx/graph/onnx-graph.js';

export interface ModelFileStatus {
  /** Absolute; where the file would be when it is missing. */
  readonly path: string;
  readonly state: 'present' | 'missing' | 'corrupt';
  /** Bytes, of the file or, when it is missing, as the catalogue says; `undefined` when neither knows. */
  readonly size: number | undefined;
  /** What its content should be: SHA-256, or git's SHA-1 of it; `''` when nobody has recorded it. */
  readonly hash: string;
  /** What it takes part in; without those for texts, images can still be encoded and searched for. */
  readonly neededFor: 'images' | 'texts';
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
  const forImages = [known?.preprocessor ?? { path: await preprocessorFile(folder) }, weights];
  const forTexts = known === undefined ? await textFilesIn(folder, precision) : textFilesOf(known, precision);
  const matches = (path: string, hash: string): Promise<boolean> =>
    thorough || repository === '' ? contentMatches(path, hash) : isVerified(repository, path, hash);
  const files: ModelFileStatus[] = [];
  for (const file of [...forImages, ...forTexts]) {
    const neededFor = forImages.includes(file) ? 'images' : 'texts';
    const wanted: Wanted = { ...file, path: join(folder, file.path), neededFor };
    files.push(...(await withItsWeights(await look(wanted, matches), matches)));
  }
  return { name: model.name, kind: model.kind, precision, revision, files };
}

type Wanted = CatalogueFile & Pick<ModelFileStatus, 'neededFor'>;
type Matches = (path: string, hash: string) => Promise<boolean>;

async function look({ path, sha256, size, neededFor }: Wanted, matches: Matches): Promise<ModelFileStatus> {
  const hash = sha256 ?? (await recordedHash(path)) ?? '';
  if (!(await isFile(path))) return { path, state: 'missing', size, hash, neededFor };
  const isRight = hash === '' || (await matches(path, hash));
  return { path, state: isRight ? 'present' : 'corrupt', size: (await stat(path)).size, hash, neededFor };
}

/** A file, and, where it is a graph, the further files that its weights lie in. */
async function withItsWeights(file: ModelFileStatus, matches: Matches): Promise<ModelFileStatus[]> {
  if (file.state !== 'present' || !file.path.endsWith('.onnx')) return [file];
  try {
    const { weightFiles } = await readOnnxGraph(file.path);
    const further = [...weightFiles].map(async ([location, bytes]): Promise<ModelFileStatus> => {
      const wanted = { path: await placeOfWeights(file.path, location), size: bytes, neededFor: file.neededFor };
      const found = await look(wanted, matches);
      return (found.size ?? 0) < bytes ? { ...found, state: 'corrupt' } : found;
    });
    return [file, ...(await Promise.all(further))];
  } catch (error) {
    if (error instanceof FashionMatchError) return [{ ...file, state: 'corrupt' }];
    throw error;
  }
}

async function findInCache({ repository, revision }: HubLocation, options: HubAccessOptions) {
  const folder = repositoryFolder(hubAccess(options).cacheRoot, repository);
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await readRef(folder, revision);
  return { folder: snapshotPath(folder, commit ?? revision, '.'), revision: commit ?? '', repository: folder };
}

function textFilesOf({ text }: CatalogueModel, precision: Precision): CatalogueFile[] {
  const weights = text?.weights[precision];
  return text === undefined || weights === undefined ? [] : [text.tokenizer, weights];
}

/** Of a model that nobody knows: what is there of a text tower, all or nothing. */
async function textFilesIn(folder: string, precision: Precision): Promise<CatalogueFile[]> {
  const path = await findTextWeights(folder, precision);
  const isWhole =
    path !== undefined && (await isFile(join(folder, TOKENIZER))) && (await textKind(folder)) !== undefined;
  return isWhole ? [{ path: TOKENIZER }, { path }] : [];
}

async function likeliestWeights(folder: string, precision: Precision): Promise<string> {
  return (await findWeights(folder, precision)) ?? weightPaths(precision)[0] ?? '';
}
