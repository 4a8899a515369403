import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EMBEDDING_SPACES } from '@fashionmatch/domain';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { int8Accuracy } from './int8-accuracy.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-int8-accuracy-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('int8 keeps the neighbourhoods of fp32 with the real architectures, whatever this processor is', async () => {
  for (const model of randomModels({})) await writeModelFolder(model, folder);
  const photographs = join(folder, 'samples');
  await copySampleData(photographs);
  const { images, spaces } = await int8Accuracy(folder, photographs, 24);
  expect(images).toBeGreaterThan(20);
  for (const space of EMBEDDING_SPACES) {
    const { meanCosine, minCosine, nearestOverlap } = spaces[space];
    expect(meanCosine).toBeGreaterThanOrEqual(0.998);
    expect(meanCosine).toBeLessThan(0.99999);
    expect(minCosine).toBeGreaterThanOrEqual(0.99);
    expect(nearestOverlap).toBeGreaterThanOrEqual(0.95);
  }
});
