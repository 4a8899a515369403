import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-models-check-'));
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, folder);
});
afterAll(() => rm(folder, { recursive: true }));

const check = (...args: string[]): Promise<Outcome> =>
  fashionmatch(['models', 'check', ...args], folder, { FASHIONMATCH_MODELS__DEVICE: 'cpu' });

test('a folder is opened in each of its precisions, and everything in it is named', async () => {
  const { exitCode, stdout } = await check('clip-vit-base-patch32', '--json', '-q');
  expect(exitCode).toBe(0);
  const document: unknown = JSON.parse(stdout);
  const encoder = { fault: null, device: 'cpu', output: 'image_embeds', dimensions: 512, text_dimensions: 512 };
  expect(document).toMatchObject({
    model_type: 'clip',
    encoders: [
      { ...encoder, precision: 'fp32', preprocessing: { resize: { shortest_edge: 224 }, filter: 'bicubic' } },
      { ...encoder, precision: 'int8' },
    ],
    missing: [],
  });
  const path = join(folder, 'clip-vit-base-patch32/onnx/text_model.onnx');
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  expect(document).toHaveProperty(
    'files',
    expect.arrayContaining([expect.objectContaining({ path, state: 'present', sha256, needed_for: 'texts' })]),
  );
});

test('what is missing is said, and what cannot be used is exit 6', async () => {
  await rm(join(folder, 'clip-vit-base-patch32/tokenizer.json'));
  const text = await check('clip-vit-base-patch32', '-q');
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toContain('missing  onnx/text_model.onnx and tokenizer.json');
  expect(text.stdout).toContain('shorter edge 224 (bicubic), input 224×224');

  await writeFile(join(folder, 'dinov2-small/onnx/model_uint8.onnx'), 'version https://git-lfs.github.com/spec/v1');
  const broken = await check('dinov2-small', '-q');
  expect(broken.exitCode).toBe(6);
  expect(broken.stdout).toMatch(/fp32 {2}384 numbers from last_hidden_state\[0\]/);
  expect(broken.stdout).toMatch(/int8 {2}.*git lfs pull/);
});

test.each([
  ['no folder', [], 2, /Name the folder/],
  ['a folder that is not there', ['nowhere'], 6, /There is no folder/],
  ['a folder without a model', ['.'], 6, /holds no fp32 image encoder/],
])('%s is one sentence', async (_, args, exitCode, reason) => {
  const outcome = await check(...args);
  expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(reason) });
  expect(outcome.stderr).toMatch(/^fashionmatch: .*\n$/);
});
