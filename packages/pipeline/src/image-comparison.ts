import {
  cosine,
  EMBEDDING_SPACES,
  ItemError,
  type ArchivedItem,
  type DualEmbedding,
  type EmbeddingSpace,
  type PerSpace,
  type StoredItem,
} from '@fashionmatch/domain';
import pMap from 'p-map';

import { sha256Of } from './embedding/content-hash.js';
import { encodeAgain, type EncodingTools } from './verification/encode-again.js';

/** What a vector and the one that its image gives anew have at least: machines and libraries make less of a difference. */
export const SAME_IMAGE = 0.999;

/** The vectors that the images of items give now, by item id; of those alone whose file is what it was. */
export async function vectorsOfImages(
  items: readonly StoredItem[],
  tools: EncodingTools,
): Promise<Map<string, DualEmbedding>> {
  const unchanged = await pMap(items, (item) => isAsItWas(item, tools), { concurrency: tools.decodeConcurrency });
  const present = items.filter((_, i) => unchanged[i]);
  const encoded = await encodeAgain(present, tools);
  return new Map(
    encoded.flatMap((outcome, i): [string, DualEmbedding][] => {
      const before = present[i]?.provenance.contentSha256;
      if (outcome instanceof ItemError || outcome.provenance.contentSha256 !== before) return [];
      return [[outcome.item.itemId, outcome.embeddings]];
    }),
  );
}

/** Whether an item may be worth looking at: a path of somebody else's may lead to any file, which is then left alone. */
async function isAsItWas({ provenance }: StoredItem, { readImage }: EncodingTools): Promise<boolean> {
  try {
    return (await sha256Of(await readImage(provenance.filePath))) === provenance.contentSha256;
  } catch (error) {
    if (error instanceof ItemError) return false;
    throw error;
  }
}

/** A vector that is not its image's. */
export interface StrangeVector {
  readonly space: EmbeddingSpace;
  readonly cosine: number;
}

export function strangeVectorsOf(vectors: PerSpace<Float32Array | undefined>, ofImage: DualEmbedding): StrangeVector[] {
  return EMBEDDING_SPACES.flatMap((space) => {
    const vector = vectors[space];
    if (vector?.length !== ofImage[space].length) return [];
    const similarity = cosine(vector, ofImage[space]);
    return similarity >= SAME_IMAGE ? [] : [{ space, cosine: similarity }];
  });
}

/** One sentence, or undefined where the vectors are the image's. */
export function strangenessOf({ embeddings }: ArchivedItem, ofImage: DualEmbedding): string | undefined {
  const [strange] = strangeVectorsOf(embeddings, ofImage);
  if (strange === undefined) return undefined;
  const near = `its cosine to the one that the image gives is ${strange.cosine.toFixed(3)}, not ${String(SAME_IMAGE)} or more`;
  return `its ${strange.space} vector is not that of its image: ${near}`;
}

/** A choice of what comes by, as large as was asked for and without preference but for what ranks higher. */
export class RandomSample<T> {
  readonly #size: number;
  #kept: { readonly rank: number; readonly value: T }[] = [];
  #offered = 0;

  /** Of all that comes. */
  static async of<T>(values: AsyncIterable<T>, size: number): Promise<RandomSample<T>> {
    const sample = new RandomSample<T>(size);
    for await (const value of values) sample.offer(value);
    return sample;
  }

  constructor(size: number) {
    this.#size = size;
  }

  /** How many it was chosen from. */
  get offered(): number {
    return this.#offered;
  }

  get values(): T[] {
    this.#trim();
    return this.#kept.map(({ value }) => value);
  }

  /** @param preferred comes before all others. */
  offer(value: T, preferred = false): void {
    this.#offered++;
    this.#kept.push({ rank: Math.random() + Number(preferred), value });
    if (this.#kept.length >= 2 * this.#size + 100) this.#trim();
  }

  #trim(): void {
    this.#kept.sort((a, b) => b.rank - a.rank);
    this.#kept.length = Math.min(this.#kept.length, this.#size);
  }
}
