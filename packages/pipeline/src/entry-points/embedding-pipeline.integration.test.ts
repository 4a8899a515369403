import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  encodeFakeImage,
  FakeImageDecoder,
  FakeImageEncoder,
  InMemoryVectorStore,
  sampleImage,
} from '@fashionmatch/domain/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { EmbeddingPipeline } from './embedding-pipeline.js';
import { HybridScorer, openedHandle, type EncoderHandle } from '../hybrid-scorer.js';
import { parseConfig } from '../config/load-config.js';

const DIMENSIONS = { clip: 12, dino: 6 };

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-pipeline-'));
  for (const i of [1, 2, 3]) await writeFile(join(folder, `${i}.jpg`), encodeFakeImage(sampleImage(20, 30, i)));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const handle = (dimensions: number): EncoderHandle => openedHandle(new FakeImageEncoder(dimensions));

test('every adapter can be swapped in the container; those that are not stay real', async () => {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await using pipeline = await EmbeddingPipeline.create({
    config: parseConfig({ scraper: { references_dir: folder } }),
    customise: [
      { replace: 'decoder', by: new FakeImageDecoder() },
      { replace: 'vectorStore', by: store },
      {
        replace: 'scorer',
        by: new HybridScorer(
          { clip: handle(DIMENSIONS.clip), dino: handle(DIMENSIONS.dino) },
          { clip: 0.6, dino: 0.4 },
        ),
      },
    ],
  });
  expect(await pipeline.processReferences()).toMatchObject({ processedItems: 3, failedItems: 0 });
  expect(pipeline.vectorStore).toBe(store);
  expect(await store.count()).toBe(3);
});
