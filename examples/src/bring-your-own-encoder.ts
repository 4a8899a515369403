import { normalise, type DecodedImage, type ImageEncoder, type PreprocessedImage } from '@fashionmatch/domain';
import { InMemoryVectorStore } from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, HybridScorer, parseConfig, type EncoderHandle } from '@fashionmatch/pipeline';

// node examples/dist/bring-your-own-encoder.js FOLDER: two encoders of one's own, and a store in memory.
const [folder = 'photos'] = process.argv.slice(2);

/** How often each of 16 levels of one colour channel occurs. */
class HistogramEncoder implements ImageEncoder {
  readonly id: string;
  readonly dimensions = 16;
  readonly model;
  readonly #channel: number;

  constructor(name: string, channel: number) {
    this.#channel = channel;
    // Whatever changes the vectors must change the id: vectors of two ids never mix.
    this.id = `histogram/${name}@1`;
    this.model = { name: this.id, sha256: '', precision: 'fp32', device: 'cpu' };
  }

  preprocess({ data }: DecodedImage): Promise<PreprocessedImage> {
    const counts = new Float32Array(this.dimensions);
    for (let i = this.#channel; i < data.length; i += 3) {
      const level = (data[i] ?? 0) >> 4;
      counts[level] = (counts[level] ?? 0) + 1;
    }
    return Promise.resolve({ data: counts, dims: [this.dimensions] });
  }

  encode(batch: readonly PreprocessedImage[]): Promise<Float32Array[]> {
    return Promise.resolve(batch.map(({ data }) => normalise(Float32Array.from(data))));
  }
}

function handleOf(encoder: ImageEncoder): EncoderHandle {
  const { id, dimensions, model } = encoder;
  return { id, dimensions, model, open: () => Promise.resolve(encoder) };
}

const encoders = { clip: new HistogramEncoder('red', 0), dino: new HistogramEncoder('blue', 2) };
const scorer = new HybridScorer({ clip: handleOf(encoders.clip), dino: handleOf(encoders.dino) }, { clip: 1, dino: 1 });
await using pipeline = await EmbeddingPipeline.create({
  config: parseConfig({ models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' } }),
  customise: [
    { replace: 'scorer', by: scorer },
    { replace: 'vectorStore', by: new InMemoryVectorStore({ clip: 16, dino: 16 }) },
  ],
});
const { processedItems } = await pipeline.processReferences({ referenceDir: folder });
console.log(`${processedItems} embedded with ${encoders.clip.id} and ${encoders.dino.id}`);
