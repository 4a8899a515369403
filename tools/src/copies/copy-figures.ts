import { cosine, NearCopies, type DualEmbedding, type NearCopy, type PerSpace } from '@fashionmatch/domain';

import { COPY_KINDS, type CopyKind, type Photograph } from './copied-photographs.js';

/** What was found of one kind of copies, beside all originals. */
export interface CopyFigures {
  readonly kind: CopyKind;
  readonly copies: number;
  /** Copies that were found with their original. */
  readonly found: number;
  /** Pairs with a copy of this kind that are no copies of one picture: of one garment, and of two. */
  readonly sameGarment: number;
  readonly otherGarment: number;
}

/** All pairs that are near-copies. */
export async function nearPairs(vectors: readonly DualEmbedding[], least: PerSpace<number>): Promise<NearCopy[]> {
  const copies = new NearCopies(least);
  for (const one of vectors) copies.add(one);
  const pairs: NearCopy[] = [];
  for await (const pair of copies.pairs()) pairs.push(pair);
  return pairs;
}

/** The same by comparing each with each. */
export function pairsByBruteForce(vectors: readonly DualEmbedding[], least: PerSpace<number>): number {
  let count = 0;
  for (const [i, a] of vectors.entries()) {
    for (const b of vectors.slice(0, i)) {
      if (cosine(a.dino, b.dino) >= least.dino && cosine(a.clip, b.clip) >= least.clip) count++;
    }
  }
  return count;
}

export function copyFigures(all: readonly Photograph[], pairs: readonly NearCopy[]): CopyFigures[] {
  return COPY_KINDS.map((kind) => {
    const figures = {
      kind,
      copies: all.filter((one) => one.kind === kind).length,
      found: 0,
      sameGarment: 0,
      otherGarment: 0,
    };
    for (const { first, second } of pairs) {
      const [original, copy] = [all[first], all[second]];
      // Originals come first.
      if (original?.kind !== 'original' || copy?.kind !== kind) continue;
      if (original.original === copy.original) figures.found++;
      else if (original.garment === copy.garment) figures.sameGarment++;
      else figures.otherGarment++;
    }
    return figures;
  });
}
