import { chunksOf } from '../chunks-of.js';
import type { ChromaCollection, RawRow } from './chroma-collection.js';

/** Of so many, both vectors and texts are some megabytes. */
const ROWS_AT_ONCE = 1_000;

/** All rows of a collection whole, some at a time. */
export async function* pagesOfRawRows(collection: ChromaCollection): AsyncGenerator<RawRow[], void> {
  for await (const ids of collection.pagesOfIds()) {
    for (const part of chunksOf(ids, ROWS_AT_ONCE)) {
      const rows = await collection.getByIds(part, { document: true });
      yield Array.from(rows, ([id, row]) => ({ id, ...row }));
    }
  }
}
