import { dot, normalise } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { createSharpImageDecoder, openOnnxImageEncoder, resolveModel } from '@fashionmatch/encoders';

import { photograph, type LabelledImage } from './fashion-mnist.js';
import { neighbourAccuracy, type Similarity } from './nearest-neighbours.js';

/** How many queries are classified rightly, in percent. */
export interface Accuracies {
  readonly name: string;
  /** By the nearest neighbour. */
  readonly nearest: number;
  /** By the majority of the five nearest. */
  readonly ofFive: number;
}

/** As configured by default. */
const FUSION_WEIGHTS = { colour: 0.6, structure: 0.4 };

const BATCH_SIZE = 32;

/**
 * Classifies the queries by their neighbours in the index, by the cosine of their pixels, of each built-in encoder
 * and of both. Images are decoded, resized and encoded as in every run.
 */
export async function compareEncoders(
  index: readonly LabelledImage[],
  queries: readonly LabelledImage[],
): Promise<Accuracies[]> {
  const images = [...index, ...queries];
  const cosine =
    (vectors: readonly Float32Array[]): Similarity =>
    (query, candidate) =>
      dot(vectors[index.length + query] ?? [], vectors[candidate] ?? []);

  const pixels = cosine(images.map((image) => normalise(Float32Array.from(image.pixels))));
  const [colour, structure] = await Promise.all([
    encode('builtin/colour-layout', images).then(cosine),
    encode('builtin/structure', images).then(cosine),
  ]);
  const fused: Similarity = (query, candidate) =>
    FUSION_WEIGHTS.colour * colour(query, candidate) + FUSION_WEIGHTS.structure * structure(query, candidate);

  const labels = { index: index.map(({ label }) => label), queries: queries.map(({ label }) => label) };
  const classify = (name: string, similarity: Similarity): Accuracies => {
    const [nearest = 0, ofFive = 0] = neighbourAccuracy(labels, similarity, [1, 5]);
    return { name, nearest: 100 * nearest, ofFive: 100 * ofFive };
  };
  return [
    classify('pixels', pixels),
    classify('builtin/colour-layout', colour),
    classify('builtin/structure', structure),
    classify('fused', fused),
  ];
}

/** The images' unit vectors. */
async function encode(model: string, images: readonly LabelledImage[]): Promise<Float32Array[]> {
  const decoder = createSharpImageDecoder();
  await using encoder = await openOnnxImageEncoder({
    model: await resolveModel(model),
    logger: new RecordingLogger(),
    device: 'cpu',
  });
  const prepare = async (image: LabelledImage) => encoder.preprocess(await decoder.decode(await photograph(image)));
  const vectors: Float32Array[] = [];
  for (let start = 0; start < images.length; start += BATCH_SIZE) {
    const batch = await Promise.all(images.slice(start, start + BATCH_SIZE).map(prepare));
    for (const outcome of await encoder.encode(batch)) {
      if (outcome instanceof Error) throw outcome;
      vectors.push(outcome);
    }
  }
  return vectors;
}
