import {
  cosine,
  EMBEDDING_SPACES,
  FashionMatchError,
  ITEM_SOURCES,
  ItemError,
  perSpace,
  reasonOf,
  type EmbeddedItem,
  type EmbeddingSpace,
  type PerSpace,
} from '@fashionmatch/domain';

import { RandomSample } from '../image-comparison.js';
import { encodeAgain } from '../verification/encode-again.js';
import { viewItems } from '../verification/store-under-test.js';
import { locate, type StoreToAdopt } from './store-to-adopt.js';

/** How near stored vectors are to those that their images give here: cosines, in [-1, 1]. */
export interface Agreement {
  readonly min: number;
  readonly median: number;
}

export interface SampleComparison {
  /** Items that are stored. */
  readonly total: number;
  /** Images that were encoded. */
  readonly items: number;
  readonly spaces: PerSpace<Agreement>;
}

export interface SampleOptions {
  /** Images to encode; all that are found, where these are fewer. */
  readonly size: number;
  /** The least that every cosine must be. */
  readonly minCosine: number;
}

/** Items that are looked up to choose a sample from: enough for both sources to be among them, and for gone images. */
const CANDIDATES = 1_000;

/**
 * Encodes a sample of a store's images, spread over both sources, and compares the vectors with the stored ones.
 *
 * @throws FashionMatchError `ENCODER_MISMATCH` when a cosine is less than it must be; `SOURCE_UNREADABLE` when there is
 *   no image to tell by.
 */
export async function compareSample(adopted: StoreToAdopt, options: SampleOptions): Promise<SampleComparison> {
  const { chosen, total } = await chooseSample(adopted, options.size);
  const encoded = await encodeAgain(chosen, adopted.tools);
  const cosines = perSpace((space) =>
    encoded.flatMap((fresh, i) => {
      const stored = chosen[i]?.embeddings[space];
      return fresh instanceof ItemError || stored === undefined ? [] : [cosine(stored, fresh.embeddings[space])];
    }),
  );
  const items = cosines.clip.length;
  if (items === 0) throw nothingToTellBy(total);
  const comparison = { total, items, spaces: perSpace((space) => agreementOf(cosines[space])) };
  for (const space of EMBEDDING_SPACES) {
    if (comparison.spaces[space].min < options.minCosine) throw mismatch(space, comparison, adopted, options);
  }
  return comparison;
}

async function chooseSample(
  adopted: StoreToAdopt,
  size: number,
): Promise<{ readonly chosen: readonly EmbeddedItem[]; readonly total: number }> {
  const ids = await RandomSample.of(adopted.store.halves.clip.getAllIds(), Math.max(CANDIDATES, size));
  const located = await locate(await viewItems(adopted.store, EMBEDDING_SPACES, ids.values), adopted);
  const found = located.flatMap((one) => ('item' in one && one.file ? [atPath(one.item, one.file.path)] : []));
  const bySource = ITEM_SOURCES.map((source) => found.filter(({ provenance }) => provenance.source === source));
  return { chosen: inTurn(bySource).slice(0, size), total: ids.offered };
}

function atPath(item: EmbeddedItem, filePath: string): EmbeddedItem {
  return { ...item, provenance: { ...item.provenance, filePath } };
}

/** The first of each, then the second of each, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

function agreementOf(cosines: readonly number[]): Agreement {
  const sorted = cosines.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
  return { min: sorted[0] ?? NaN, median };
}

function nothingToTellBy(total: number): FashionMatchError {
  return new FashionMatchError(
    'SOURCE_UNREADABLE',
    `Of ${String(total)} stored items no image was found that can be read, so nothing tells whose vectors they are: ` +
      'name the folder that the images are in with --root',
  );
}

function mismatch(
  space: EmbeddingSpace,
  { items, spaces }: SampleComparison,
  { store }: StoreToAdopt,
  { minCosine }: SampleOptions,
): FashionMatchError {
  const { min, median } = spaces[space];
  return new FashionMatchError(
    'ENCODER_MISMATCH',
    `The vectors in ${store.halves[space].name} are not what ${reasonOf(store.encoders[space].id)} makes of their images: of ` +
      `${String(items)} that were encoded, the median cosine is ${median.toFixed(4)} and the least ${min.toFixed(4)}, ` +
      `where each must be ${String(minCosine)} or more. ${likelyCause(space, spaces[space], minCosine)}. Nothing was changed`,
  );
}

/** Vectors of the same image by two models have nothing in common; by one model in two precisions, nearly all. */
const SAME_MODEL = 0.8;
const SAME_ARITHMETIC = 0.98;

function likelyCause(space: EmbeddingSpace, { median }: Agreement, minCosine: number): string {
  if (median >= minCosine) {
    return (
      'Most agree, so it is likely that some images have changed since, or have colours that were read otherwise ' +
      '(a colour profile, CMYK): try models.colour: ignore-profiles; --min-cosine says how much of that is taken'
    );
  }
  if (median >= SAME_ARITHMETIC)
    return 'It is likely that they were resampled otherwise: try the other models.resample';
  if (median >= SAME_MODEL) return 'It is likely that they were made in another precision: set models.precision to it';
  return `It is likely that another model made them: set models.${space}_model to it`;
}
