import { expect, test } from '@jest/globals';
import { FashionMatchError, ItemError } from '@fashionmatch/domain';
import {
  collect,
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryItemSource,
  InMemoryVectorStore,
  InMemoryWorkQueue,
  RecordingLogger,
  RecordingProgressReporter,
  sampleImage,
} from '@fashionmatch/domain/testing';

import { parseConfig } from '../config/load-config.js';
import { HybridScorer, openedHandle } from '../hybrid-scorer.js';
import { ImagesGivenOut } from '../working/images-given-out.js';
import { EncodingWorker, type ReadWorkImage } from '../working/encoding-worker.js';
import { EmbeddingPipeline } from './embedding-pipeline.js';

const DIMENSIONS = { clip: 12, dino: 6 };

const photo = (seed: number): Uint8Array => encodeFakeImage(sampleImage(20, 30, seed));

function scorerOf(seed?: number) {
  const encoders = { clip: new FakeImageEncoder(DIMENSIONS.clip), dino: new FakeImageEncoder(DIMENSIONS.dino) };
  const handles = { clip: openedHandle(encoders.clip), dino: openedHandle(encoders.dino) };
  const dino = seed === undefined ? handles.dino : { ...handles.dino, id: `other-${String(seed)}` };
  return { encoders, scorer: new HybridScorer({ ...handles, dino }, { clip: 0.6, dino: 0.4 }) };
}

/** A coordinator and its workers, in one process. */
function setUp() {
  const source = new InMemoryItemSource('references');
  const queue = new InMemoryWorkQueue();
  const logger = new RecordingLogger();
  const progress = new RecordingProgressReporter();
  const poison = new Set<string>();
  const stop = new AbortController();
  const givenOut = new ImagesGivenOut();
  const readImage = async (path: string): Promise<Uint8Array> => {
    if (poison.has(path)) {
      queue.loseActive();
      throw new Error('killed');
    }
    const bytes = source.images.get(path);
    if (!bytes) throw new ItemError('IMAGE_MISSING', 'it is not there');
    return Promise.resolve(bytes);
  };
  const worker = (scorer = scorerOf().scorer): { readonly worker: EncodingWorker; readonly ended: Promise<void> } => {
    const decoder = new FakeImageDecoder();
    const read: ReadWorkImage = ({ path }) => readImage(path);
    const one = new EncodingWorker({ queue, scorer, decoder, read, batchSize: 32, decodeConcurrency: 2 });
    return { worker: one, ended: one.work({ concurrency: 2, signal: stop.signal }) };
  };
  const coordinator = (spread?: InMemoryWorkQueue) => {
    const { encoders, scorer } = scorerOf();
    const store = new InMemoryVectorStore(DIMENSIONS);
    const pipeline = new EmbeddingPipeline({
      ...{ config: parseConfig({}), scorer, decoder: new FakeImageDecoder(), vectorStore: store, decodeConcurrency: 2 },
      ...{ journal: new InMemoryEmbeddingJournal(), logger, progress },
      sources: { references: () => source, scraped: () => source, readImage },
      ...(spread && { spread: { run: 'store', givenOut, open: () => Promise.resolve(spread) } }),
    });
    const contents = async () => {
      const items = await store.getByIds(await collect(store.getAllIds()));
      return items.sort((one, other) => (one.item.itemId < other.item.itemId ? -1 : 1));
    };
    return { pipeline, store, contents, encoded: () => encoders.clip.encodedImages };
  };
  return { source, queue, progress, poison, stop, worker, coordinator };
}

function addMany(source: InMemoryItemSource, count: number): void {
  for (let i = 0; i < count; i++) source.add(`/photos/${String(i)}.jpg`, photo(i));
}

test('what two workers encode is what one process would have stored', async () => {
  const { source, queue, progress, stop, worker, coordinator } = setUp();
  addMany(source, 150);
  source.add('/photos/copy.jpg', photo(3));
  source.add('/photos/broken.jpg', new TextEncoder().encode('no image'));
  const alone = coordinator();
  const spread = coordinator(queue);
  const [one, other] = [worker(), worker()];
  const expected = await alone.pipeline.processReferences();
  const stats = await spread.pipeline.processReferences();
  stop.abort();
  await Promise.all([one.ended, other.ended]);
  expect({ ...stats, durationSeconds: 0 }).toEqual({ ...expected, durationSeconds: 0 });
  expect(spread.pipeline.failures).toEqual(alone.pipeline.failures);
  expect(await spread.contents()).toEqual(await alone.contents());
  expect(spread.encoded()).toBe(0);
  expect(one.worker.counts.images + other.worker.counts.images).toBe(150);
  expect(one.worker.counts.faults + other.worker.counts.faults).toBe(1);
  expect([one, other].flatMap(({ worker }) => Object.entries(worker.counts.faultCodes))).toEqual([
    ['IMAGE_INVALID', 1],
  ]);
  const seconds = [one, other].flatMap(({ worker }) => worker.stages.filter(({ stage }) => stage === 'clip'));
  expect(seconds.reduce((sum, { items }) => sum + items, 0)).toBe(150);
  expect(progress.events.filter(({ type }) => type === 'queue-counted')).not.toEqual([]);
  const outcomes = progress.events.flatMap((event) => (event.type === 'advanced' ? event.outcome : []));
  expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(2);
  expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(302);
});

test('an image over which workers die is found and named, and the others are stored', async () => {
  const { source, queue, poison, stop, worker, coordinator } = setUp();
  addMany(source, 100);
  poison.add('/photos/70.jpg');
  const { ended } = worker();
  const { pipeline, store } = coordinator(queue);
  const stats = await pipeline.processReferences();
  stop.abort();
  await ended;
  expect(stats).toMatchObject({ processedItems: 99, failedItems: 1, failedIds: ['ref_/photos/70.jpg'] });
  expect(pipeline.failures[0]).toMatchObject({ stage: 'encode', code: 'ENCODE_FAILED', path: '/photos/70.jpg' });
  expect(pipeline.failures[0]?.reason).toContain('3 workers were lost');
  expect(await store.count()).toBe(99);
});

test('what workers have encoded for a run that was stopped is taken up by the next one', async () => {
  const { source, queue, stop, worker, coordinator } = setUp();
  addMany(source, 100);
  const killed = new AbortController();
  const first = coordinator(queue).pipeline.processReferences({ signal: killed.signal });
  while ((await queue.count()).waiting < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  killed.abort();
  expect((await first).processedItems).toBe(0);
  const { worker: counted, ended } = worker();
  while (counted.counts.jobs < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  const { pipeline, store } = coordinator(queue);
  expect((await pipeline.processReferences()).processedItems).toBe(100);
  stop.abort();
  await ended;
  expect(await store.count()).toBe(100);
  expect(counted.counts.images).toBe(100);
});

test('jobs become smaller towards the end, so that workers end at about the same time', async () => {
  const { source, queue, stop, worker, coordinator } = setUp();
  addMany(source, 700);
  const sizes: number[] = [];
  const submit = queue.submit.bind(queue);
  queue.submit = (job, signal) => {
    sizes.push(job.images.length);
    return submit(job, signal);
  };
  const { ended } = worker();
  await coordinator(queue).pipeline.processReferences();
  stop.abort();
  await ended;
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(700);
  expect(sizes[0]).toBe(64);
  expect(sizes.toSorted((one, other) => other - one)).toEqual(sizes);
  expect(sizes.at(-1)).toBeLessThanOrEqual(8);
});

test('there is work for several workers before the first job is done', async () => {
  const { source, queue, stop, worker, coordinator } = setUp();
  addMany(source, 200);
  const running = coordinator(queue).pipeline.processReferences();
  while ((await queue.count()).waiting < 4) await new Promise((resolve) => setTimeout(resolve, 1));
  const { ended } = worker();
  expect((await running).processedItems).toBe(200);
  stop.abort();
  await ended;
});

test('a worker with other models refuses the work, and names both', async () => {
  const { source, queue, stop, worker, coordinator } = setUp();
  addMany(source, 3);
  const { pipeline } = coordinator(queue);
  const running = pipeline.processReferences();
  const error: unknown = await worker(scorerOf(1).scorer).ended.catch((thrown: unknown) => thrown);
  if (!(error instanceof FashionMatchError)) throw new Error(`It was not refused: ${String(error)}`);
  expect(error.code).toBe('ENCODER_MISMATCH');
  expect(error.message).toContain(scorerOf().scorer.handles.dino.id);
  expect(error.message).toContain('other-1');
  const { ended } = worker();
  expect((await running).processedItems).toBe(3);
  stop.abort();
  await ended;
});
