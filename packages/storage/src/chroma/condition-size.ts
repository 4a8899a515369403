import { FilterTooLargeError } from '@fashionmatch/domain';
import { z } from 'zod';

import type { RequestLimits } from './connection/request-limits.js';

/** @throws FilterTooLargeError when a server does not take a condition, as far as its limits are known. */
export function requireTaken(where: unknown, limits: RequestLimits): void {
  const [conditions, textBytes] = [conditionsOf(where), longestTextOf(where)];
  const [most, longest] = [limits.of('conditions'), limits.of('valueBytes')];
  if (conditions > most) throw new FilterTooLargeError(`${String(conditions)} conditions`, most);
  if (textBytes > longest) throw new FilterTooLargeError(`a text of ${String(textBytes)} bytes`, longest);
}

const partsSchema = z.union([
  z.object({ $and: z.array(z.unknown()) }).transform(({ $and }) => $and),
  z.object({ $or: z.array(z.unknown()) }).transform(({ $or }) => $or),
]);

/** How many comparisons a condition comes to; the values of an `$in` are one. */
export function conditionsOf(where: unknown): number {
  if (where === undefined) return 0;
  const { data: parts } = partsSchema.safeParse(where);
  return parts === undefined ? 1 : parts.reduce<number>((sum, part) => sum + conditionsOf(part), 0);
}

const valuesSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

/** The bytes of the longest text that a condition compares with. */
export function longestTextOf(where: unknown): number {
  const { data: parts } = partsSchema.safeParse(where);
  if (parts !== undefined) return parts.reduce<number>((most, part) => Math.max(most, longestTextOf(part)), 0);
  const compared = Object.values(valuesSchema.safeParse(where).data ?? {}).flatMap((test) =>
    Object.values(test).flat(),
  );
  return compared.reduce<number>(
    (most, value) => (typeof value === 'string' ? Math.max(most, Buffer.byteLength(value)) : most),
    0,
  );
}
