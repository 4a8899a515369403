import { FashionMatchError, reasonOf, type ItemArchive, type ReadableArchive } from '@fashionmatch/domain';

import { clipRetrievalArchive } from './clip-retrieval-archive.js';
import { npyArchive } from './npy-archive.js';
import { parquetArchive } from './parquet-archive.js';

/**
 * The archive that a path names by its ending: `NAME.parquet`, or the four files beginning with NAME of which
 * `NAME.npy`, `NAME.jsonl` or any one of them may be given.
 *
 * @throws FashionMatchError `USAGE_INVALID` for any other ending.
 */
export function itemArchive(path: string): ItemArchive {
  const archive = byEnding(path);
  if (archive !== undefined) return archive;
  throw new FashionMatchError(
    'USAGE_INVALID',
    `${reasonOf(path)} is no archive's name: it must end in .parquet, .npy or .jsonl.`,
  );
}

/** The same for reading alone: a path without such an ending is a folder of clip-retrieval. */
export const readableArchive = (path: string): ReadableArchive => byEnding(path) ?? clipRetrievalArchive(path);

function byEnding(path: string): ItemArchive | undefined {
  if (/[^/\\]\.parquet$/i.test(path)) return parquetArchive(path);
  const [, name] = /^(.*?[^/\\])(?:\.(?:clip|dino)\.npy|\.npy|\.jsonl)$/.exec(path) ?? [];
  return name === undefined ? undefined : npyArchive(name);
}
