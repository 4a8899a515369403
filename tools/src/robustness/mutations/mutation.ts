import { seededRandom } from '@fashionmatch/domain/testing';

import type { MutationSources } from './mutation-sources.js';

type Random = () => number;

/** What happens to files on disks, in uploads and in bad hands. */
export const MUTATIONS = ['flip', 'header', 'truncate', 'splice'] as const;

export type Mutation = (typeof MUTATIONS)[number];

/** An image that something has gone wrong with. */
export interface Mutant {
  readonly mutation: Mutation;
  /** Of its file; every image of a seed has another one. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One in this many is as large as a photograph; the others are small, which costs a tenth of the time. */
const LARGE_EVERY = 4;

/** Room for the signature, the sizes and the first tables of every format. */
const HEADER_BYTES = 512;

/** The image at a place (0, 1, …) of a seed's endless row: always the same one. */
export function mutant({ large, small }: MutationSources, seed: number, place: number): Mutant {
  const random = seededRandom(seed * 1_000_003 + place);
  const sources = place % LARGE_EVERY === 0 ? large : small;
  const source = pick(sources, random);
  const mutation = pick(MUTATIONS, random);
  return {
    mutation,
    name: `${String(place).padStart(6, '0')}-${mutation}${source.extension}`,
    bytes: mutate(mutation, source.bytes, pick(sources, random).bytes, random),
  };
}

/** @param donor Gives the bytes that do not belong there. */
export function mutate(mutation: Mutation, source: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  switch (mutation) {
    case 'flip':
      return flipped(source, source.length, 8, random);
    case 'header':
      // Sizes, tables and lengths that lie.
      return flipped(source, Math.min(HEADER_BYTES, source.length), 4, random);
    case 'truncate':
      return source.subarray(0, below(source.length, random));
    case 'splice':
      return Buffer.concat([
        source.subarray(0, below(source.length, random)),
        donor.subarray(below(donor.length, random)),
      ]);
  }
}

/** Gives up to `atMost` of the first `within` bytes other values. */
function flipped(source: Uint8Array, within: number, atMost: number, random: Random): Uint8Array {
  // Not slice(), which copies nothing where the source is a Buffer.
  const bytes = new Uint8Array(source);
  for (let left = 1 + below(atMost, random); left > 0; left--) bytes[below(within, random)] = below(256, random);
  return bytes;
}

/** A whole number from 0 to below `limit`. */
function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function pick<T>(choices: readonly [T, ...T[]], random: Random): T {
  return choices[below(choices.length, random)] ?? choices[0];
}
