import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';

import { FashionMatchError } from '@fashionmatch/domain';

import { sha256Of } from '../hub/file-hash.js';
import { ensureFile, type HubCommit } from '../hub/hub-file.js';
import { recordedHash } from '../hub/huggingface-cache.js';
import type { CatalogueFile } from './model-catalog.js';
import { isFile } from './model-folder.js';
import { readOnnxGraph } from '../onnx/graph/onnx-graph.js';

/** A graph with all of its weights, which may lie in further files beside it. */
export interface Weights {
  /** Absolute path of the ONNX file. */
  readonly path: string;
  /**
   * Lower-case hex SHA-256 of the ONNX file; where it has its weights in further files, of the hashes of all of them,
   * for two models with different weights may have the same graph.
   */
  readonly sha256: string;
  /** Whether it computes with integers. */
  readonly quantised: boolean;
}

/** @throws FashionMatchError `MODEL_INVALID` when it is no model, `MODEL_MISSING` when a file of its weights is. */
export async function weightsInFolder(path: string): Promise<Weights> {
  return weightsOf(path, await sha256Of(path), async (location) => {
    const beside = await placeOfWeights(path, location);
    if (await isFile(beside)) return sha256Of(beside);
    throw new FashionMatchError(
      'MODEL_MISSING',
      `${path} has its weights in ${beside}, which is not there: copy it from where the model came from.`,
    );
  });
}

/** From the cache or else from the hub, with all of its files. @throws FashionMatchError as `ensureFile` does. */
export async function weightsFromHub(from: HubCommit, file: CatalogueFile): Promise<Weights> {
  const path = await ensureFile(from, file);
  return weightsOf(path, file.sha256 ?? (await knownSha256(path)), async (location) =>
    knownSha256(await ensureFile(from, { path: posix.join(posix.dirname(file.path), location) })),
  );
}

/**
 * Where a graph's weights are, or would be. As in ONNX Runtime, links may lead within the folder of the ONNX file, or to
 * the folder of the file that this one is a link to, as in the hub's cache.
 *
 * @throws FashionMatchError `MODEL_INVALID` when they lead elsewhere.
 */
export async function placeOfWeights(graph: string, location: string): Promise<string> {
  const path = join(dirname(graph), location);
  const real = await realpath(path).catch(() => undefined);
  const folders = [await realpath(dirname(graph)), dirname(await realpath(graph))];
  if (real === undefined || folders.some((folder) => real.startsWith(`${folder}${sep}`))) return path;
  throw new FashionMatchError(
    'MODEL_INVALID',
    `The weights ${path} are a link out of the model's folder: put the file itself there.`,
  );
}

/** The blob's name is its SHA-256 for large files, and has been verified; of others it is computed. */
export async function knownSha256(path: string): Promise<string> {
  const hash = await recordedHash(path);
  return hash?.length === 64 ? hash : sha256Of(path);
}

async function weightsOf(
  path: string,
  sha256: string,
  hashOfFurther: (location: string) => Promise<string>,
): Promise<Weights> {
  const { weightFiles, quantised } = await readOnnxGraph(path);
  if (weightFiles.size === 0) return { path, sha256, quantised };
  const all = createHash('sha256').update(sha256);
  for (const location of weightFiles.keys()) all.update(await hashOfFurther(location));
  return { path, sha256: all.digest('hex'), quantised };
}
