import { join } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { z } from 'zod';

import { sha256Of } from './file-hash.js';
import type { HubAccess } from './hub-access.js';
import { hubGet, TransientError, withRetries } from './hub-connection.js';
import { ensureFile, notHere, type HubCommit } from './hub-file.js';
import { readRef, recordedHash, repositoryFolder, snapshotPath, writeRef } from './huggingface-cache.js';
import {
  findWeights,
  MODEL_CONFIG,
  PREPROCESSOR_CONFIG,
  readModelConfig,
  readPreprocessing,
  weightPaths,
} from './model-folder.js';
import type { HubLocation } from './model-location.js';
import type { Precision, ResolvedModel } from './resolved-model.js';

const listingSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.object({ rfilename: z.string() })),
});

interface Listing {
  readonly commit: string;
  readonly paths: readonly string[];
}

/** A listing of a hundred thousand files; a model has a few dozen. */
const MAX_LISTING_CHARACTERS = 10_000_000;

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
  const folder = repositoryFolder(access.cacheRoot, model.repository);
  let listing: Listing | undefined;
  const list: List = async (revision) => (listing ??= await fetchListing(model, revision, access));

  const commit = await commitOf(model, folder, list);
  const from: HubCommit = { model: model.name, repository: model.repository, commit, folder, access };
  const snapshot = snapshotPath(folder, commit, '.');
  const weights = known?.weights[precision] ?? {
    path: (await findWeights(snapshot, precision)) ?? weightsIn(await list(commit), model.repository, precision),
  };
  // The small ones first: a model that is of no use is found out before the large download.
  const preprocessing = await readPreprocessing(
    await ensureFile(from, known?.preprocessor ?? { path: PREPROCESSOR_CONFIG }),
  );
  if (known === undefined && listing?.paths.includes(MODEL_CONFIG)) await ensureFile(from, { path: MODEL_CONFIG });
  const config = await readModelConfig(join(snapshot, MODEL_CONFIG));
  const path = await ensureFile(from, weights);
  return {
    name: model.name,
    revision: commit,
    precision,
    path,
    sha256: weights.sha256 ?? (await knownSha256(path)) ?? (await sha256Of(path)),
    modelType: config.modelType,
    dimensions: known?.dimensions ?? config.dimensions,
    preprocessing,
  };
}

/** The files of a revision; asked for once. */
type List = (revision: string) => Promise<Listing>;

async function commitOf(model: HubLocation, folder: string, list: List): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(model.revision)) return model.revision;
  const known = await readRef(folder, model.revision);
  if (known !== undefined) return known;
  const { commit } = await list(model.revision);
  // Where it cannot be written, the download that follows says so.
  await writeRef(folder, model.revision, commit).catch(() => undefined);
  return commit;
}

async function fetchListing(model: HubLocation, revision: string, access: HubAccess): Promise<Listing> {
  if (access.offline) throw notHere(model.name, repositoryFolder(access.cacheRoot, model.repository), access);
  const { connection } = access;
  const path = `api/models/${model.repository}/revision/${revision}`;
  try {
    return await withRetries(connection, async () => {
      const { response } = await hubGet(connection, path, {}, AbortSignal.timeout(connection.stallMs));
      const text = await response.text().catch((cause: unknown) => {
        throw new TransientError(reasonOf(cause), { cause });
      });
      if (text.length > MAX_LISTING_CHARACTERS) throw new Error('the listing is too long');
      const { sha, siblings } = listingSchema.parse(JSON.parse(text));
      return { commit: sha, paths: siblings.map(({ rfilename }) => rfilename) };
    });
  } catch (cause) {
    if (cause instanceof FashionMatchError) throw cause;
    throw new FashionMatchError(
      'MODEL_MISSING',
      `The files of ${model.name} cannot be listed at ${connection.endpoint} (${reasonOf(cause)}): check the connection, ` +
        'or copy the model from another machine.',
      { cause },
    );
  }
}

function weightsIn({ paths }: Listing, repository: string, precision: Precision): string {
  const candidates = weightPaths(precision);
  const found = candidates.find((path) => paths.includes(path));
  if (found !== undefined) return found;
  throw new FashionMatchError(
    'MODEL_MISSING',
    `The repository ${repository} holds no ${precision} image encoder: none of ${candidates.join(', ')}.`,
  );
}

/** The blob's name is its SHA-256 for large files; it has been verified. */
async function knownSha256(path: string): Promise<string | undefined> {
  const hash = await recordedHash(path);
  return hash?.length === 64 ? hash : undefined;
}
