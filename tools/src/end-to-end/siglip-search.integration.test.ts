import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { dot } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openOnnxTextTower, resolveTextTower } from '@fashionmatch/encoders';
import { inspectModels, parseConfig, readsTexts } from '@fashionmatch/pipeline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { clipVision } from '../random-models/clip-vision.js';
import { floatLayers } from '../random-models/float-layers.js';
import { siglipText } from '../random-models/siglip-text.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

const TOKENISER = fileURLToPath(
  new URL('../../../packages/encoders/fixtures/texts/gemma.tokenizer.json', import.meta.url),
);
const WIDTH = 512;

let folder = '';
let model = '';

/** A model of SigLIP's kind: its text tower, over an image tower that gives as many numbers. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-siglip-'));
  model = join(folder, 'siglip');
  const small = { blocks: 1, heads: 2, hidden: 64 };
  const levels = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
  const size = { height: 224, width: 224 };
  const files = {
    name: 'siglip',
    graphs: new Map([
      ['onnx/vision_model.onnx', () => clipVision(floatLayers, { ...small, width: 32 })],
      ['onnx/text_model.onnx', () => siglipText(floatLayers, { ...small, width: WIDTH }, 1000)],
    ]),
    documents: new Map<string, unknown>([
      ['config.json', { model_type: 'siglip' }],
      ['preprocessor_config.json', { image_processor_type: 'SiglipImageProcessor', size, ...levels }],
    ]),
  };
  await writeModelFolder(files, folder);
  await copyFile(TOKENISER, join(model, 'tokenizer.json'));
  await copySampleData(join(folder, 'data'));
});
afterAll(() => rm(folder, { recursive: true }));

test('search --text finds the items that are nearest to a text of SigLIP', async () => {
  const settings = {
    FASHIONMATCH_MODELS__CLIP_MODEL: './siglip',
    FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  };
  await fashionmatch(['embed', '--mode', 'scraped', '-q'], folder, settings);
  const { exitCode, stdout } = await fashionmatch(['search', '--text', 'a Red shirt', '--json'], folder, settings);
  expect(exitCode).toBe(0);

  await using tower = await openOnnxTextTower({
    tower: await resolveTextTower(model),
    logger: new RecordingLogger(),
    device: 'cpu',
  });
  const [text = [], other = []] = await tower.encode(['a red shirt', 'a blue shirt']);
  expect(text).not.toEqual(other);
  const { clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
  const scores = clip.embeddings.map((vector) => dot(text, vector)).sort((a, b) => b - a);
  const { hits }: { hits: { clip_score: number }[] } = JSON.parse(stdout);
  expect(hits).toHaveLength(10);
  for (const [i, { clip_score }] of hits.entries()) expect(clip_score).toBeCloseTo(scores[i] ?? NaN, 5);
});

test.each([
  ['builtin/colour-layout', false],
  ['dinov3-small', false],
  ['marqo-fashion-siglip', true],
  ['marqo-fashion-clip', true],
  ['siglip2-base', true],
  ['openai/clip-vit-base-patch32', true],
])('with %s, texts are offered: %s', async (clip_model, expected) => {
  expect(await readsTexts(parseConfig({ models: { clip_model } }))).toBe(expected);
});

test('a folder offers texts while its text tower is whole, and of a kind that is known', async () => {
  const config = parseConfig({ models: { clip_model: model, dino_model: 'builtin/structure' } });
  expect(await readsTexts(config)).toBe(true);
  await writeFile(join(model, 'config.json'), '{"model_type": "other"}');
  expect(await readsTexts(config)).toBe(false);
  await writeFile(join(model, 'config.json'), '{"model_type": "siglip"}');
  expect((await inspectModels(config))[0]?.files.map(({ neededFor }) => neededFor)).toContain('texts');
  expect(await readFile(join(model, 'tokenizer.json'), 'utf8')).toContain('<eos>');
  await rm(join(model, 'tokenizer.json'));
  expect(await readsTexts(config)).toBe(false);
});
