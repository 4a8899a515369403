import type { ModelFileStatus } from '@fashionmatch/pipeline';

/** A model's file in what `models` prints as JSON. */
export function modelFileDocument({ path, state, size, hash, neededFor }: ModelFileStatus): object {
  return { path, state, size_bytes: size ?? null, sha256: hash, needed_for: neededFor };
}
