import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import type { HubAccess } from './hub-access.js';
import { UnreachableError } from './hub-connection.js';
import {
  addToCache,
  contentMatches,
  firstHash,
  isVerified,
  quarantine,
  recordedHash,
  recordFirstHash,
  recordVerified,
  snapshotPath,
} from './huggingface-cache.js';
import type { CatalogueFile } from '../models/model-catalog.js';
import { downloadFile } from './model-download.js';
import { isFile } from '../models/model-folder.js';
import { withRepositoryLock } from './repository-lock.js';

/** A commit of a repository, in the cache and on the hub. */
export interface HubCommit {
  /** The model's name, for messages. */
  readonly model: string;
  readonly repository: string;
  /** 40 hex digits. */
  readonly commit: string;
  /** The repository's folder in the cache. */
  readonly folder: string;
  readonly access: HubAccess;
}

/**
 * A file of a commit, from the cache or else from the hub.
 *
 * @returns the path of the verified file.
 * @throws FashionMatchError `MODEL_MISSING` when it can be had from neither, `MODEL_INVALID` when the hub sends
 *   something else than it should.
 */
export async function ensureFile(from: HubCommit, file: CatalogueFile): Promise<string> {
  const snapshot = snapshotPath(from.folder, from.commit, file.path);
  if (await isPresent(from, file, snapshot)) return snapshot;
  if (from.access.offline) throw notHere(from);
  try {
    await withRepositoryLock(from.folder, async () => {
      if (!(await isPresent(from, file, snapshot))) await fetchFile(from, file, snapshot);
    });
  } catch (cause) {
    if (cause instanceof FashionMatchError) throw cause;
    if (cause instanceof UnreachableError) throw notHere(from, cause);
    throw new FashionMatchError('MODEL_MISSING', `${file.path} cannot be kept in ${from.folder}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  return snapshot;
}

async function isPresent(
  { folder, commit, access }: HubCommit,
  file: CatalogueFile,
  snapshot: string,
): Promise<boolean> {
  if (!(await isFile(snapshot))) return false;
  const hash = file.sha256 ?? (await firstHash(folder, commit, file.path)) ?? (await recordedHash(snapshot));
  // A file that somebody copied here, of a model that nobody knows: there is nothing to compare it with.
  if (hash === undefined || (await isVerified(folder, snapshot, hash))) return true;
  const aside = await quarantine(snapshot).catch((cause: unknown) => {
    throw new FashionMatchError('MODEL_INVALID', `${snapshot} is damaged and cannot be moved away: delete it.`, {
      cause,
    });
  });
  access.logger.warn(`${file.path} was damaged and has been put aside`, { file: aside });
  return false;
}

async function fetchFile(
  { model, repository, access, folder, commit }: HubCommit,
  file: CatalogueFile,
  snapshot: string,
): Promise<void> {
  const expected = file.sha256 ?? (await firstHash(folder, commit, file.path));
  const part = join(folder, 'blobs', `${commit}-${file.path.replaceAll('/', '-')}.part`);
  await mkdir(dirname(part), { recursive: true });
  access.logger.info(`Downloading ${file.path} of ${model}`, { from: access.connection.endpoint });

  // The first attempt may go on with bytes of an earlier run that were wrong; the second begins from nothing.
  for (const attempt of [1, 2]) {
    const hubHash = await downloadFile(access.connection, {
      urlPath: `${repository}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
      part,
      onProgress: (received, total) => {
        access.onProgress({ model, path: file.path, received, total: total ?? file.size });
      },
    });
    const hash = expected ?? hubHash;
    if (hash === '') {
      throw new FashionMatchError(
        'MODEL_INVALID',
        `${access.connection.endpoint} gives no hash for ${file.path}, so it cannot be verified.`,
      );
    }
    if (await contentMatches(part, hash)) {
      if (expected === undefined) {
        await recordFirstHash(folder, commit, file.path, hash);
        access.logger.info(`${file.path} has no hash that is known beforehand: the hub's is asked for from now on`, {
          hash,
        });
      }
      await addToCache(folder, snapshot, part, hubHash === '' ? hash : hubHash);
      await recordVerified(folder, snapshot, hash);
      return;
    }
    access.logger.warn(`${file.path} arrived with the wrong content`, { attempt, expected: hash });
    await rm(part);
  }
  throw new FashionMatchError(
    'MODEL_INVALID',
    `${access.connection.endpoint} sends ${file.path} of ${model} with the wrong content: ` +
      'it was altered on the way or replaced at its source, and is not used.',
  );
}

/** For a file that is not in the cache while downloads are off, or when the hub cannot be reached. */
export function notHere(
  { model, folder, access }: Pick<HubCommit, 'model' | 'folder' | 'access'>,
  unreachable?: UnreachableError,
): FashionMatchError {
  const { cacheRoot, connection } = access;
  const why =
    unreachable === undefined
      ? 'downloads are off'
      : `the hub ${connection.endpoint} cannot be reached (${unreachable.message})`;
  const mirror = unreachable === undefined ? '' : ' set HF_ENDPOINT to a mirror that can be reached,';
  return new FashionMatchError(
    'MODEL_MISSING',
    `The model ${model} is not on this machine, and ${why}: use the built-in encoders (under models: the lines ` +
      `"clip_model: builtin/colour-layout" and "dino_model: builtin/structure"),${mirror} or run "fashionmatch models ` +
      `pull" on a connected machine and copy the folder ${basename(folder)} from its cache to ${cacheRoot}.`,
    { cause: unreachable },
  );
}
