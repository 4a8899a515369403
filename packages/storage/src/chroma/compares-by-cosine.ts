import { dot, lengthOf } from '@fashionmatch/domain';

import type { ChromaCollection } from './chroma-collection.js';

/** Distances by anything but cosine are off by more; those by cosine, by rounding. */
const TOLERANCE = 1e-3;

/**
 * Whether a collection's distances are those of cosine. Of one that Chroma 0.4 to 0.6 made, the server says l2 although
 * it compares as it was asked to: a vector that is twice a stored one tells, for it has the same direction and nothing
 * else. An empty collection has only its server's word.
 */
export async function comparesByCosine(collection: ChromaCollection): Promise<boolean> {
  if (collection.distance === 'cosine') return true;
  const [first] = await collection.ids(0, 1);
  if (first === undefined) return false;
  const vector = Float32Array.from(await vectorOf(collection, first));
  const doubled = vector.map((value) => 2 * value);
  const [nearest] = await collection.query(doubled, 1, undefined);
  if (nearest === undefined) return false;
  const found = await vectorOf(collection, nearest.id);
  const cosine = dot(vector, found) / (lengthOf(vector) * lengthOf(found));
  return Math.abs(1 - cosine - nearest.distance) < TOLERANCE;
}

async function vectorOf(collection: ChromaCollection, id: string): Promise<readonly number[]> {
  return (await collection.getByIds([id], { metadata: false })).get(id)?.vector ?? [];
}
