import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dot } from '@fashionmatch/domain';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections, type RawCollection } from './running/raw-collections.js';

let folder = '';

/** CLIP ViT-B/32 and DINOv2 ViT-S/14 with random weights and few layers: the operators and shapes of the real ones. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-architecture-'));
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, join(folder, 'models'));
  await copySampleData(join(folder, 'data'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function embed(store: string, settings: Record<string, string> = {}, ...args: string[]): Promise<Outcome> {
  return fashionmatch(['embed', '--mode', 'references', '--json', '-q', ...args], folder, {
    FASHIONMATCH_MODELS__CLIP_MODEL: './models/clip-vit-base-patch32',
    FASHIONMATCH_MODELS__DINO_MODEL: './models/dinov2-small',
    FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: store,
    ...settings,
  });
}

const read = (store: string): Promise<{ clip: RawCollection; dino: RawCollection }> =>
  readRawCollections(join(folder, store), 'fashion_items');

test('models in local folders give 512 and 384 numbers, the same in every run and for every batch size', async () => {
  const first = await embed('first');
  expect(first.exitCode).toBe(3);
  expect(JSON.parse(first.stdout)).toMatchObject({
    results: { references: { processed_items: 60, failed_items: 2 } },
    models: { clip: { dimensions: 512, precision: 'fp32', device: 'cpu' }, dino: { dimensions: 384 } },
  });
  await embed('second');
  await embed('one-by-one', {}, '--batch-size', '1');
  const [once, again, alone] = [await read('first'), await read('second'), await read('one-by-one')];
  expect(again).toEqual(once);
  expect(alone.clip.ids).toEqual(once.clip.ids);
  for (const [space, dimensions] of [['clip', 512] as const, ['dino', 384] as const]) {
    for (const [i, vector] of once[space].embeddings.entries()) {
      expect(vector).toHaveLength(dimensions);
      expect(dot(vector, alone[space].embeddings[i] ?? [])).toBeGreaterThanOrEqual(0.99999);
    }
  }
});

test('another precision is another space: the same store refuses it, with both names and the ways out', async () => {
  await embed('precisions');
  const before = await read('precisions');
  const { exitCode, stdout, stderr } = await embed('precisions', { FASHIONMATCH_MODELS__PRECISION: 'int8' });
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'ENCODER_MISMATCH' } });
  expect(stderr).toMatch(/#fp32.*#int8|#int8.*#fp32/);
  expect(await read('precisions')).toEqual(before);

  const separate = await embed('separate', { FASHIONMATCH_MODELS__PRECISION: 'int8' });
  expect(JSON.parse(separate.stdout)).toMatchObject({ models: { clip: { precision: 'int8' } } });
});

test('a model that was trained further and exported into the same folder is refused, with both hashes', async () => {
  const hashOf = async (): Promise<string> => {
    const bytes = await readFile(join(folder, 'again/clip-vit-base-patch32/onnx/vision_model.onnx'));
    return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  };
  const again = { FASHIONMATCH_MODELS__CLIP_MODEL: './again/clip-vit-base-patch32' };
  const exportAnew = async (blocks: number): Promise<void> => {
    for (const model of randomModels({ tiny: true, blocks })) await writeModelFolder(model, join(folder, 'again'));
  };
  await exportAnew(2);
  const before = await hashOf();
  expect((await embed('exported', again, '--limit', '1')).exitCode).toBe(0);
  const stored = await read('exported');
  await exportAnew(1);

  const { exitCode, stdout, stderr } = await embed('exported', again);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'ENCODER_MISMATCH' } });
  expect(stderr).toContain(`sha256=${before}`);
  expect(stderr).toContain(`sha256=${await hashOf()}`);
  expect(await read('exported')).toEqual(stored);
});

test('exact resizing is another space too, and a device that is not here is exit 7', async () => {
  const exact = await embed('exact', { FASHIONMATCH_MODELS__RESAMPLE: 'exact' });
  expect(exact.exitCode).toBe(3);
  expect((await embed('exact')).exitCode).toBe(2);
  const cuda = await embed('cuda', { FASHIONMATCH_MODELS__DEVICE: 'cuda' });
  expect(cuda.exitCode).toBe(7);
  expect(cuda.stderr).toContain('cuda');
});

test('a model that is not here, with downloads off, is exit 6 and says what to do', async () => {
  const { exitCode, stderr } = await embed('offline', {
    FASHIONMATCH_MODELS__CLIP_MODEL: 'openai/clip-vit-base-patch32',
    HF_HUB_OFFLINE: '1',
    HF_HOME: join(folder, 'empty-cache'),
  });
  expect(exitCode).toBe(6);
  expect(stderr).toContain('fashionmatch models pull');
});

test('int8 keeps the neighbours that fp32 finds, on the processor that this runs on; the gate is exit 4', async () => {
  const compare = (...gate: string[]): Promise<Outcome> =>
    fashionmatch(['models', 'compare', '--references-dir', 'data/references', '--json', '-q', ...gate], folder, {
      FASHIONMATCH_MODELS__CLIP_MODEL: './models/clip-vit-base-patch32',
      FASHIONMATCH_MODELS__DINO_MODEL: './models/dinov2-small',
    });
  const { exitCode, stdout } = await compare('--min-cosine', '0.99');
  const comparison = comparisonSchema.parse(JSON.parse(stdout));
  expect(comparison.images).toBeGreaterThan(50);
  for (const { mean_cosine: mean, min_cosine: least, top_10_overlap: overlap } of [comparison.clip, comparison.dino]) {
    expect(mean).toBeGreaterThanOrEqual(0.998);
    expect(least).toBeGreaterThanOrEqual(0.99);
    expect(overlap).toBeGreaterThanOrEqual(0.95);
  }
  expect(exitCode).toBe(0);
  expect((await compare('--min-cosine', '0.999999', '--images', '2')).exitCode).toBe(4);
});

const spaceSchema = z.object({ mean_cosine: z.number(), min_cosine: z.number(), top_10_overlap: z.number() });
const comparisonSchema = z.object({ images: z.number(), clip: spaceSchema, dino: spaceSchema });
