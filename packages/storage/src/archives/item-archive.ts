import { FashionMatchError, reasonOf, type ItemArchive } from '@fashionmatch/domain';

import { npyArchive } from './npy-archive.js';
import { parquetArchive } from './parquet-archive.js';

/**
 * The archive that a path names by its ending: `NAME.parquet`, or the four files beginning with NAME of which
 * `NAME.npy`, `NAME.jsonl` or any one of them may be given.
 *
 * @throws FashionMatchError `USAGE_INVALID` for any other ending.
 */
export function itemArchive(path: string): ItemArchive {
  if (/[^/\\]\.parquet$/i.test(path)) return parquetArchive(path);
  const [, name] = /^(.*?[^/\\])(?:\.(?:clip|dino)\.npy|\.npy|\.jsonl)$/.exec(path) ?? [];
  if (name !== undefined) return npyArchive(name);
  throw new FashionMatchError(
    'USAGE_INVALID',
    `${reasonOf(path)} is no archive's name: it must end in .parquet, .npy or .jsonl.`,
  );
}
