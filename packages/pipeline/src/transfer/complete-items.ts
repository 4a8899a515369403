import { resolve } from 'node:path';

import {
  EMBEDDING_SPACES,
  ItemError,
  perSpace,
  type ArchivedItem,
  type DualEmbedding,
  type EmbeddedItem,
  type EmbeddingSpace,
  type PreprocessedImage,
} from '@fashionmatch/domain';
import pMap from 'p-map';

import { sha256Of } from '../embedding/content-hash.js';
import type { EncodingTools } from '../verification/encode-again.js';

/** What is needed for what an archive of another program leaves out. */
export interface CompletionTools extends EncodingTools {
  /** Where relative paths begin; images that nothing but a path is known of have to lie below it. */
  readonly root: string;
  /** The bytes of an image below a folder. @throws ItemError */
  readonly readImageWithin: (path: string, folder: string) => Promise<Uint8Array>;
}

/** One sentence about what is missing. */
export interface Incomplete {
  readonly reason: string;
}

/**
 * An archived item with the hash of its image. Where the archive has none, it is that of the file, which has to lie
 * below the root: whoever knows a private file's content can name it anywhere, who knows its path alone cannot.
 */
export async function withContentHash(
  item: ArchivedItem,
  tools: CompletionTools | undefined,
): Promise<ArchivedItem | Incomplete> {
  const { provenance } = item;
  if (provenance.contentSha256 !== '') return item;
  if (provenance.filePath === '' || tools === undefined) {
    return { reason: 'it has neither fm_content_sha256 nor, in local_image_path, the path of an image' };
  }
  const filePath = resolve(tools.root, provenance.filePath);
  try {
    const bytes = await tools.readImageWithin(filePath, tools.root);
    const contentSha256 = await sha256Of(bytes);
    return { ...item, provenance: { ...provenance, filePath, fileSize: bytes.byteLength, contentSha256 } };
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const why = `its image cannot be read below ${tools.root}, which --root can change (${error.message})`;
    return { reason: `it has no fm_content_sha256, and ${why}` };
  }
}

/** The items with both of their vectors, in order; those that an archive lacks are made of the images. */
export async function withBothVectors(
  items: readonly ArchivedItem[],
  tools: CompletionTools | undefined,
): Promise<(EmbeddedItem | Incomplete)[]> {
  const made = new Map<ArchivedItem, Partial<DualEmbedding> | Incomplete>();
  for (const space of EMBEDDING_SPACES) {
    const lacking = items.filter(({ embeddings }) => embeddings[space] === undefined);
    for (let at = 0; at < lacking.length && tools !== undefined; at += tools.batchSize) {
      for (const [item, vector] of await encodeIn(space, lacking.slice(at, at + tools.batchSize), tools)) {
        made.set(item, 'reason' in vector ? vector : { [space]: vector });
      }
    }
  }
  return items.map((item) => {
    const others = made.get(item) ?? {};
    if ('reason' in others) return others;
    const { clip, dino } = perSpace((space) => item.embeddings[space] ?? others[space]);
    if (clip && dino) return { ...item, embeddings: { clip, dino } };
    return { reason: `it has no ${clip ? 'dino' : 'clip'} vector` };
  });
}

async function encodeIn(
  space: EmbeddingSpace,
  items: readonly ArchivedItem[],
  { readImage, decoder, scorer, decodeConcurrency }: CompletionTools,
): Promise<Map<ArchivedItem, Float32Array | Incomplete>> {
  const encoder = (await scorer.encoders())[space];
  const outcomes = new Map<ArchivedItem, Float32Array | Incomplete>();
  const missing = (error: ItemError): Incomplete => ({
    reason: `it has no ${space} vector, and none can be made of its image: ${error.message}`,
  });
  const prepare = async (item: ArchivedItem): Promise<readonly [ArchivedItem, PreprocessedImage] | undefined> => {
    try {
      const bytes = await readImage(item.provenance.filePath);
      if ((await sha256Of(bytes)) !== item.provenance.contentSha256) {
        throw new ItemError('IMAGE_MISSING', 'the file is another one by now');
      }
      return [item, await encoder.preprocess(await decoder.decode(bytes))];
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      outcomes.set(item, missing(error));
      return undefined;
    }
  };
  const prepared = (await pMap(items, prepare, { concurrency: decodeConcurrency })).filter((one) => one !== undefined);
  const vectors = prepared.length === 0 ? [] : await encoder.encode(prepared.map(([, image]) => image));
  for (const [i, [item]] of prepared.entries()) {
    const vector = vectors[i];
    if (vector === undefined) throw new RangeError('An encoder gave fewer vectors than it was given images');
    outcomes.set(item, vector instanceof ItemError ? missing(vector) : vector);
  }
  return outcomes;
}
