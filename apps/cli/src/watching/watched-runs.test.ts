import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { FashionMatchError, ItemError } from '@fashionmatch/domain';
import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryEmbeddingJournal,
  InMemoryItemSource,
  InMemoryVectorStore,
  RecordingLogger,
  sampleImage,
} from '@fashionmatch/domain/testing';
import { EmbeddingPipeline, HybridScorer, parseConfig, type EncoderHandle } from '@fashionmatch/pipeline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { Monitor } from '../metrics/monitor.js';
import { RunMetrics } from '../metrics/run-metrics.js';
import { openSession, type Session } from '../terminal/session.js';
import { SettledEntries } from './settled-entries.js';
import { WatchTotals } from './watch-totals.js';
import { WatchedRuns } from './watched-runs.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-runs-'));
});

afterEach(() => rm(folder, { recursive: true }));

function handle(dimensions: number): EncoderHandle {
  const encoder = new FakeImageEncoder(dimensions);
  return { id: encoder.id, dimensions, model: encoder.model, open: () => Promise.resolve(encoder) };
}

/** Runs over five images in batches of two, and all that becomes known of them, in its order. */
function setUp() {
  const config = parseConfig({ models: { batch_size: 2 } });
  const events: unknown[] = [];
  const stop = new AbortController();
  const monitor = new Monitor('watch', '0.0.0');
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const session: Session = {
    ...openSession({ progress: false, color: false, input: false }, { stdin, stdout, stderr, env: {} }),
    print: (document) => {
      events.push({ printed: document() });
    },
  };
  const runs = new WatchedRuns({
    ...{ config, session, totals: new WatchTotals(), signal: stop.signal, metrics: new RunMetrics(monitor) },
    ...{ folders: { references: folder }, prune: undefined, reportFolder: undefined, tellsAll: true },
    onFinish: (document) => {
      events.push({ told: document });
      return Promise.resolve();
    },
  });
  const store = new InMemoryVectorStore({ clip: 12, dino: 6 });
  const source = new InMemoryItemSource('references');
  for (let i = 0; i < 5; i++) source.add(`/photos/${String(i)}.jpg`, encodeFakeImage(sampleImage(20, 30, i)));
  const pipeline = new EmbeddingPipeline({
    ...{ config, vectorStore: store, logger: new RecordingLogger(), progress: runs, decodeConcurrency: 1 },
    scorer: new HybridScorer({ clip: handle(12), dino: handle(6) }, { clip: 0.6, dino: 0.4 }),
    decoder: new FakeImageDecoder(),
    journal: new InMemoryEmbeddingJournal(),
    sources: {
      references: () => source,
      scraped: () => new InMemoryItemSource('scraped'),
      readImage: () => Promise.reject(new ItemError('IMAGE_MISSING', 'no such file')),
    },
  });
  const runAlone = (): Promise<void> =>
    runs.runAlone(new SettledEntries(0), {
      open: () => Promise.resolve(pipeline),
      survives: ({ code }) => code === 'STORE_FAILED',
      remember: (startedAt) => {
        events.push({ remembered: startedAt });
        return Promise.resolve();
      },
    });
  return { events, stop, monitor, runs, store, pipeline, runAlone };
}

/** What a store does before it takes anything. */
function before(store: InMemoryVectorStore, happens: () => void): void {
  const upsert = store.upsert.bind(store);
  store.upsert = (items) => {
    happens();
    return upsert(items);
  };
}

const interrupted = expect.objectContaining({ status: 'interrupted', stopped_by: 'signal' });

test('a run that is stopped is told of as interrupted, and not remembered', async () => {
  const { events, stop, monitor, store, runAlone } = setUp();
  before(store, () => {
    stop.abort();
  });
  await runAlone();
  expect(events).toEqual([{ printed: interrupted }, { told: interrupted }]);
  expect(await monitor.registry.metrics()).toContain('fashionmatch_runs_total{status="interrupted"} 1');
});

test('so is one of a pipeline that stays open', async () => {
  const { events, stop, runs, store, pipeline } = setUp();
  before(store, () => {
    stop.abort();
  });
  await runs.run(new SettledEntries(0), pipeline);
  expect(events).toEqual([{ printed: interrupted }, { told: interrupted }]);
});

test('a run that came to its end is remembered before anybody is told of it', async () => {
  const { events, runAlone } = setUp();
  await runAlone();
  const completed = expect.objectContaining({ status: 'completed' });
  expect(events).toEqual([{ remembered: expect.any(Date) }, { printed: completed }, { told: completed }]);
});

test('a store that broke during a run is asked nothing after it', async () => {
  const { events, monitor, store, runAlone } = setUp();
  before(store, () => {
    throw new FashionMatchError('STORE_FAILED', 'The store broke.');
  });
  await runAlone();
  expect(events).toEqual([
    { printed: expect.objectContaining({ status: 'failed' }) },
    { told: expect.objectContaining({ status: 'failed' }) },
  ]);
  let asked = 0;
  store.count = () => Promise.resolve(++asked);
  await monitor.registry.metrics();
  expect(asked).toBe(0);
});
