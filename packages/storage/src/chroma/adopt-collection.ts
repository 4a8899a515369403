import {
  lengthOf,
  normalise,
  UNIT_LENGTH_TOLERANCE,
  VectorStoreError,
  type EmbeddingSpace,
} from '@fashionmatch/domain';

import { ChromaCollection, type RawRow } from './chroma-collection.js';
import { pagesOfRawRows } from './raw-rows.js';
import { makeCollection, nameOf, type CollectionPairOptions } from './collection-pair.js';

/**
 * Puts a collection of ours, with the same rows, in the place of another program's. A copy, for an index cannot be made
 * another one, and changing what a collection of Chroma 0.4 to 0.6 says of itself has changed how it compares. Rows
 * whose vector has no direction cannot be searched, and stay behind.
 */
export async function adoptCollection(
  foreign: ChromaCollection,
  space: EmbeddingSpace,
  options: CollectionPairOptions,
): Promise<ChromaCollection> {
  const name = nameOf(options, space);
  const encoder = options.encoders[space];
  // What an earlier attempt left may be older than what is there now.
  await (await ChromaCollection.find(options.connection, adoptedName(name)))?.drop();
  const adopted = await makeCollection(adoptedName(name), encoder, options.connection);
  let count = 0;
  for await (const page of pagesOfRawRows(foreign)) {
    const rows = page.flatMap(withUnitVector);
    await adopted.addRaw(rows, encoder.dimensions);
    count += rows.length;
  }
  if ((await adopted.count()) !== count) {
    throw new VectorStoreError(
      'STORE_FAILED',
      `The collection ${name} changed while it was copied: run the command again`,
    );
  }
  await foreign.drop();
  await adopted.rename(name);
  return adopted;
}

/** Ends what was cut short between the removal of the one collection and the naming of the other. */
export async function endAdoption(space: EmbeddingSpace, options: CollectionPairOptions): Promise<void> {
  const name = nameOf(options, space);
  if ((await ChromaCollection.find(options.connection, name)) !== undefined) return;
  await (await ChromaCollection.find(options.connection, adoptedName(name)))?.rename(name);
}

const adoptedName = (name: string): string => `${name}-adopted`;

function withUnitVector(row: RawRow): RawRow[] {
  const length = lengthOf(row.vector);
  if (Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE) return [row];
  // Null, of a value that was no number, counts as nothing in a sum.
  if (!(length > 0) || !row.vector.every(Number.isFinite)) return [];
  return [{ ...row, vector: [...normalise(Float32Array.from(row.vector))] }];
}
