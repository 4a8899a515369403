import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import { FashionMatchError, ItemError } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { SourceFactory } from '../dependencies.js';
import type { ReadWorkImage } from './encoding-worker.js';

/** A folder of the coordinator, and where it is here. */
export interface WorkerRoot {
  /** Absolute, as the coordinator has it. */
  readonly from: string;
  readonly to: string;
}

/**
 * The folders of the configuration that are here, at the same paths as the coordinator's.
 *
 * @throws FashionMatchError `USAGE_INVALID` when none of them is.
 */
export async function configuredRoots({ scraper }: AppConfig): Promise<WorkerRoot[]> {
  const roots: WorkerRoot[] = [];
  for (const folder of [scraper.referencesDir, scraper.outputDir]) {
    if (await isFolder(folder)) roots.push({ from: folder, to: folder });
  }
  if (roots.length > 0) return roots;
  throw new FashionMatchError(
    'USAGE_INVALID',
    'Where are the images? Give --root FROM=TO, with FROM as the coordinator has it.',
  );
}

/**
 * Reads what jobs name, and nothing outside of the roots: what is in a queue is not to be trusted.
 *
 * @throws FashionMatchError `USAGE_INVALID` when a root is not there.
 */
export async function rootedReader(
  roots: readonly WorkerRoot[],
  { readImage }: Pick<SourceFactory, 'readImage'>,
): Promise<ReadWorkImage> {
  const all = roots.map(({ from, to }) => ({ from: resolve(from), to: resolve(to) }));
  for (const { to } of all) {
    if (!(await isFolder(to)))
      throw new FashionMatchError('USAGE_INVALID', `There is no folder ${to}: mount it, or mend --root.`);
  }
  // The innermost one that a path is in.
  all.sort((one, other) => other.from.length - one.from.length);
  return async ({ path }) => {
    const root = all.find(({ from }) => path.startsWith(from.endsWith(sep) ? from : from + sep));
    if (!root) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        `The queue names ${path}, which is in no folder that this worker was given: add --root FROM=TO.`,
      );
    }
    try {
      return await readImage(join(root.to, path.slice(root.from.length)), root.to);
    } catch (error) {
      if (error instanceof ItemError && (await isEmpty(root.to))) {
        throw new FashionMatchError('SOURCE_UNREADABLE', `Nothing is in ${root.to} any more: mount it again.`, {
          cause: error,
        });
      }
      throw error;
    }
  };
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A folder whose disk is away. */
async function isEmpty(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length === 0,
    () => true,
  );
}
