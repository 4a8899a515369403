import { EMBEDDING_SPACES, perSpaceAsync, type DualEmbedding, type EmbeddingSpace } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { createSharpImageDecoder, openOnnxImageEncoder, resolveModel } from '@fashionmatch/encoders';

import type { Photograph } from './copied-photographs.js';

const BATCH_SIZE = 32;

/** The vectors of pictures, drawn, decoded and encoded as in every run. */
export async function encodePhotographs(
  all: readonly Photograph[],
  models: Readonly<Record<EmbeddingSpace, string>>,
): Promise<DualEmbedding[]> {
  const decoder = createSharpImageDecoder();
  const open = async (space: EmbeddingSpace) =>
    openOnnxImageEncoder({ model: await resolveModel(models[space]), logger: new RecordingLogger(), device: 'cpu' });
  await using clip = await open('clip');
  await using dino = await open('dino');
  const encoders = { clip, dino };
  const vectors: DualEmbedding[] = [];
  for (let at = 0; at < all.length; at += BATCH_SIZE) {
    const prepared = await Promise.all(
      all.slice(at, at + BATCH_SIZE).map(async ({ bytes }) => {
        const image = await decoder.decode(await bytes());
        return perSpaceAsync((space) => encoders[space].preprocess(image));
      }),
    );
    const encoded = await perSpaceAsync((space) => encoders[space].encode(prepared.map((one) => one[space])));
    for (const i of prepared.keys()) {
      const [forClip, forDino] = EMBEDDING_SPACES.map((space) => encoded[space][i]);
      if (!(forClip instanceof Float32Array) || !(forDino instanceof Float32Array)) throw new Error('No vector came');
      vectors.push({ clip: forClip, dino: forDino });
    }
    if (at % 1_600 === 0) process.stderr.write(`${String(at)} of ${String(all.length)} pictures encoded\n`);
  }
  return vectors;
}
