import {
  ItemError,
  type EmbeddedItem,
  type ImageDecoder,
  type PerSpace,
  type PreprocessedImage,
  type StoredItem,
} from '@fashionmatch/domain';
import pMap from 'p-map';

import { sha256Of } from '../embedding/content-hash.js';
import type { HybridScorer } from '../hybrid-scorer.js';

/** As in embedding runs. */
export const ENCODED_AT_ONCE = 32;

/** What turns files into vectors. */
export interface EncodingTools {
  readonly readImage: (path: string) => Promise<Uint8Array>;
  readonly decoder: ImageDecoder;
  readonly scorer: HybridScorer;
  /** Images an encoding call. */
  readonly batchSize: number;
  /** Images decoded at once. */
  readonly decodeConcurrency: number;
}

interface ReadyImage {
  readonly stored: StoredItem;
  readonly image: PerSpace<PreprocessedImage>;
}

/** The items with the vectors of their files, in order; in place of one whose file does not give any, why. */
export async function encodeAgain(
  items: readonly StoredItem[],
  tools: EncodingTools,
): Promise<(EmbeddedItem | ItemError)[]> {
  const outcomes: (EmbeddedItem | ItemError)[] = [];
  for (let at = 0; at < items.length; at += tools.batchSize) {
    outcomes.push(...(await encodeBatch(items.slice(at, at + tools.batchSize), tools)));
  }
  return outcomes;
}

async function encodeBatch(items: readonly StoredItem[], tools: EncodingTools): Promise<(EmbeddedItem | ItemError)[]> {
  const prepared = await pMap(items, (item) => prepare(item, tools), { concurrency: tools.decodeConcurrency });
  const images = prepared.flatMap((one) => (one instanceof ItemError ? [] : [one.image]));
  // Models are loaded for nothing when there is no image.
  const encoded = (images.length === 0 ? [] : await tools.scorer.encodePreprocessed(images)).values();
  return prepared.map((one) => {
    if (one instanceof ItemError) return one;
    const embeddings = encoded.next().value;
    if (embeddings === undefined) throw new RangeError('An encoder gave fewer vectors than it was given images');
    return embeddings instanceof ItemError ? embeddings : { ...one.stored, embeddings };
  });
}

async function prepare(
  stored: StoredItem,
  { readImage, decoder, scorer }: EncodingTools,
): Promise<ReadyImage | ItemError> {
  try {
    const bytes = await readImage(stored.provenance.filePath);
    const image = await scorer.preprocess(await decoder.decode(bytes));
    return { stored: { ...stored, provenance: await provenanceOf(bytes, stored) }, image };
  } catch (error) {
    if (error instanceof ItemError) return error;
    throw error;
  }
}

/** A file with other content than the item was made of has a time that nobody knows: the next run looks at it again. */
async function provenanceOf(bytes: Uint8Array, { provenance }: StoredItem): Promise<StoredItem['provenance']> {
  const contentSha256 = await sha256Of(bytes);
  if (contentSha256 === provenance.contentSha256) return provenance;
  return { ...provenance, contentSha256, fileSize: bytes.byteLength, fileMtimeMs: 0 };
}
