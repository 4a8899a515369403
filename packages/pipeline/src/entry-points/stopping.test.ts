import { ItemError } from '@fashionmatch/domain';
import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryItemSource,
  InMemoryVectorStore,
  RecordingLogger,
  RecordingProgressReporter,
  sampleImage,
} from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { EmbeddingPipeline } from './embedding-pipeline.js';
import { HybridScorer, openedHandle, type EncoderHandle } from '../hybrid-scorer.js';
import { parseConfig } from '../config/load-config.js';

const DIMENSIONS = { clip: 12, dino: 6 };
const IMAGES = 10;

/** A pipeline over ten images, in batches of three; `encode` and `decode` are told which call it is, and may hang. */
function setUp({ hangsIn }: { hangsIn: 'encode' | 'decode' | 'nothing' }) {
  const source = new InMemoryItemSource('references');
  for (let i = 0; i < IMAGES; i++) source.add(`/photos/${String(i)}.jpg`, encodeFakeImage(sampleImage(20, 30, i)));
  const store = new InMemoryVectorStore(DIMENSIONS);
  const stop = new AbortController();
  const decoder = new FakeImageDecoder();
  const progress = new RecordingProgressReporter();

  const hang = <T>(): Promise<T> => {
    stop.abort();
    return new Promise(() => undefined);
  };
  let calls = 0;
  const decode = decoder.decode.bind(decoder);
  decoder.decode = (bytes) => (hangsIn === 'decode' && ++calls > 5 ? hang() : decode(bytes));
  const handle = (dimensions: number): EncoderHandle => {
    const encoder = new FakeImageEncoder(dimensions);
    const encode = encoder.encode.bind(encoder);
    encoder.encode = (batch) => (hangsIn === 'encode' && ++calls > 2 ? hang() : encode(batch));
    return openedHandle(encoder);
  };
  const pipeline = new EmbeddingPipeline({
    config: parseConfig({ models: { batch_size: 3 } }),
    scorer: new HybridScorer({ clip: handle(12), dino: handle(6) }, { clip: 0.6, dino: 0.4 }),
    decoder,
    vectorStore: store,
    journal: new InMemoryEmbeddingJournal(),
    sources: {
      references: () => source,
      scraped: () => new InMemoryItemSource('scraped'),
      readImage: () => Promise.reject(new ItemError('IMAGE_MISSING', 'no such file')),
    },
    logger: new RecordingLogger(),
    progress,
    decodeConcurrency: 2,
  });
  return { pipeline, store, stop, progress };
}

test.each(['encode', 'decode'] as const)(
  'when a run is stopped, a call to %s that does not come back is given up; the rest is stored and counted',
  async (hangsIn) => {
    const { pipeline, store, stop } = setUp({ hangsIn });
    const startedAt = performance.now();
    const stats = await pipeline.processReferences({ signal: stop.signal });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(stats).toMatchObject({ totalItems: IMAGES, processedItems: 3, failedItems: 0, remainingItems: IMAGES - 3 });
    expect(await store.count()).toBe(3);
  },
);

test('a run that is stopped before it knows what there is to do claims nothing', async () => {
  const { pipeline, store, stop, progress } = setUp({ hangsIn: 'nothing' });
  stop.abort();
  const stats = await pipeline.processReferences({ signal: stop.signal });
  expect(stats).toMatchObject({ totalItems: 0, processedItems: 0, skippedItems: 0, remainingItems: undefined });
  expect(progress.events.map(({ type }) => type)).toEqual(['source-started', 'source-finished']);
  expect(await store.count()).toBe(0);
});
