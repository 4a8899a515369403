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

  /** Undefined when they are more than `limit`, when a row holds something else than a text, and when many lack it. */
  async of(collection: ChromaCollection, key: string, limit: number): Promise<string[] | undefined> {
    const known = this.#known.get(key) ?? new Set<string>();
    this.#known.set(key, known);
    while (!this.#tooMany.has(key)) {
      const before = known.size;
      const { rows, areAll: isLast } = await collection.rowsWhere(
        before === 0 ? undefined : { [key]: { $nin: [...known] } },
      );
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

const metadataSchema = z.record(z.string(), z.unknown()).nullish();

/** `''` where there is none, as such items are read; undefined for what is no text. */
function valueOf(metadata: unknown, key: string): string | undefined {
  const value = metadataSchema.parse(metadata)?.[key] ?? '';
  return typeof value === 'string' ? value : undefined;
}
