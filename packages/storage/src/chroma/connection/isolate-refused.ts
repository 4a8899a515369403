import { ChromaRefusal } from './chroma-faults.js';

/** A record that was refused on its own, and what was said about it. */
export interface Refused<T> {
  readonly record: T;
  readonly error: unknown;
}

/**
 * Sends all records, if need be in ever smaller parts, until those that are refused stand alone; the
 * others are sent. One refused record among n costs about 2·log2(n) requests more.
 *
 * @param send sends all of the records it is given, or none.
 * @param isRefusal whether an error means that the records were refused; any other is thrown on.
 */
export async function isolateRefused<T>(
  records: readonly T[],
  send: (records: readonly T[]) => Promise<void>,
  isRefusal = (error: unknown): boolean => error instanceof ChromaRefusal,
): Promise<Refused<T>[]> {
  if (records.length === 0) return [];
  try {
    await send(records);
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first, second] = records;
    if (first !== undefined && second === undefined) return [{ record: first, error }];
    const middle = Math.ceil(records.length / 2);
    return [
      ...(await isolateRefused(records.slice(0, middle), send, isRefusal)),
      ...(await isolateRefused(records.slice(middle), send, isRefusal)),
    ];
  }
}
