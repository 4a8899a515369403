import { FilterTooLargeError } from '@fashionmatch/domain';
import { z } from 'zod';

import type { ChromaCollection } from './chroma-collection.js';

/**
 * The different values of metadata fields. Chroma has no list of them, so it is asked for rows whose value is none of
 * those that are known, until there are none. What is known is kept: the next call asks once, for what is new.
 */
export class DistinctValues {
  readonly #known = new Map<string, Set<string>>();
  /** Keys of which too many rows would have to be read. */
  readonly #tooMany = new Set<string>();

  /**
   * Undefined when they are more than `limit`, when a row holds something else than a text, when many lack it, and when the
   * server does not take one of them in a condition.
   */
  async of(collection: ChromaCollection, key: string, limit: number): Promise<string[] | undefined> {
    const known = this.#known.get(key) ?? new Set<string>();
    this.#known.set(key, known);
    while (!this.#tooMany.has(key)) {
      const before = known.size;
      const page = await othersThan(known, collection, key);
      if (page === undefined) {
        this.#tooMany.add(key);
        break;
      }
      const { rows, areAll: isLast } = page;
      const values = rows.map(({ metadata }) => valueOf(metadata, key));
      for (const value of values) if (value !== undefined) known.add(value);
      if (known.size > limit || values.includes(undefined) || (known.size === before && !isLast)) {
        this.#tooMany.add(key);
        this.#known.delete(key);
      } else if (isLast) {
        return [...known];
      }
    }
    return undefined;
  }
}

/** Some rows whose value is none of these; undefined where the server cannot be asked for them. */
async function othersThan(
  known: ReadonlySet<string>,
  collection: ChromaCollection,
  key: string,
): Promise<Awaited<ReturnType<ChromaCollection['rowsWhere']>> | undefined> {
  try {
    return await collection.rowsWhere(known.size === 0 ? undefined : { [key]: { $nin: [...known] } });
  } catch (thrown) {
    if (thrown instanceof FilterTooLargeError) return undefined;
    throw thrown;
  }
}

const metadataSchema = z.record(z.string(), z.unknown()).nullish();

/** `''` where there is none, as such items are read; undefined for what is no text. */
function valueOf(metadata: unknown, key: string): string | undefined {
  const value = metadataSchema.parse(metadata)?.[key] ?? '';
  return typeof value === 'string' ? value : undefined;
}
