import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { z } from 'zod';

import type { HubAccess } from './hub-access.js';
import { hubGet, TransientError, UnreachableError, withRetries } from './hub-connection.js';
import { notHere, type HubCommit } from './hub-file.js';
import { readRef, repositoryFolder, snapshotPath, writeRef } from './huggingface-cache.js';
import type { HubLocation } from '../models/model-location.js';

/** A model of the hub at the commit that its revision stands for. */
export interface HubRevision {
  readonly from: HubCommit;
  /** The commit's folder in the cache. */
  readonly snapshot: string;
  /** Every file of the commit; the hub is asked once, and not before this is called. */
  readonly paths: () => Promise<readonly string[]>;
  /** As {@link paths}, as far as the hub has been asked already. */
  readonly knownPaths: () => readonly string[];
}

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
 * Finds the commit of a model: in the cache, else by asking the hub.
 *
 * @throws FashionMatchError `MODEL_MISSING` when it cannot be had from either.
 */
export async function hubRevision(model: HubLocation, access: HubAccess): Promise<HubRevision> {
  const folder = repositoryFolder(access.cacheRoot, model.repository);
  let listing: Listing | undefined;
  const list = async (revision: string): Promise<Listing> => (listing ??= await fetchListing(model, revision, access));
  const commit = await commitOf(model, folder, list);
  return {
    from: { model: model.name, repository: model.repository, commit, folder, access },
    snapshot: snapshotPath(folder, commit, '.'),
    paths: async () => (await list(commit)).paths,
    knownPaths: () => listing?.paths ?? [],
  };
}

async function commitOf(
  model: HubLocation,
  folder: string,
  list: (revision: string) => Promise<Listing>,
): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(model.revision)) return model.revision;
  const known = await readRef(folder, model.revision);
  if (known !== undefined) return known;
  const { commit } = await list(model.revision);
  // Where it cannot be written, the download that follows says so.
  await writeRef(folder, model.revision, commit).catch(() => undefined);
  return commit;
}

async function fetchListing(model: HubLocation, revision: string, access: HubAccess): Promise<Listing> {
  const wanted = { model: model.name, folder: repositoryFolder(access.cacheRoot, model.repository), access };
  if (access.offline) throw notHere(wanted);
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
    if (cause instanceof UnreachableError) throw notHere(wanted, cause);
    throw new FashionMatchError(
      'MODEL_MISSING',
      `The files of ${model.name} cannot be listed at ${connection.endpoint} (${reasonOf(cause)}): check the connection, ` +
        'or copy the model from another machine.',
      { cause },
    );
  }
}
