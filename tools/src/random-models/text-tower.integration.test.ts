import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger, textTowerContract } from '@fashionmatch/domain/testing';
import { openOnnxTextTower, resolveTextTower } from '@fashionmatch/encoders';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { randomModels } from './random-models.js';
import { writeModelFolder } from './write-model-folder.js';

jest.setTimeout(60_000);

let folder = '';
let clip = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-text-tower-'));
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, folder);
  clip = join(folder, 'clip-vit-base-patch32');
});

afterAll(() => rm(folder, { recursive: true }));

const open = async (precision: 'fp32' | 'int8' = 'fp32', logger = new RecordingLogger()) =>
  openOnnxTextTower({ tower: await resolveTextTower(clip, { precision }), logger, device: 'cpu' });

describe('in float32', () => {
  textTowerContract(test, () => open());
});

describe('in int8', () => {
  textTowerContract(test, () => open('int8'));
});

test('names the model, the precision and both files in its id, and gives what images have', async () => {
  const [float, int8] = [await open(), await open('int8')];
  expect(float).toMatchObject({ dimensions: 512, model: { precision: 'fp32', device: 'cpu' } });
  expect(float.id).toMatch(/^local\/clip-vit-base-patch32#text-fp32:sha256=[0-9a-f]{12}:tokenizer=[0-9a-f]{8}$/);
  expect(int8.id).not.toBe(float.id);
  await float[Symbol.asyncDispose]();
  await int8[Symbol.asyncDispose]();
});

test('upper and lower case and further spaces make no difference', async () => {
  const tower = await open();
  const [plain, loud] = await tower.encode(['red blue shirt', 'RED  Blue\n shirt ']);
  expect(loud).toEqual(plain);
  await tower[Symbol.asyncDispose]();
});

test('of a text with more than 77 tokens the first are read, and the log says so', async () => {
  const logger = new RecordingLogger();
  const tower = await open('fp32', logger);
  const words = (count: number) => Array(count).fill('red').join(' ');
  const [fits, longer, longest] = await tower.encode([words(75), words(76), words(200)]);
  expect(longer).toEqual(fits);
  expect(longest).toEqual(fits);
  expect(logger.events.filter(({ level }) => level === 'warn')).toEqual([
    expect.objectContaining({ message: expect.stringContaining('its end is left out') }),
  ]);
  await expect(tower.encode(['x'.repeat(1_001)])).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  await tower[Symbol.asyncDispose]();
});

test.each([['builtin/colour-layout'], ['dinov3-small'], ['dinov2_vits14']])(
  '%s reads no texts, which is said in one sentence and needs no connection',
  async (name) => {
    await expect(resolveTextTower(name, { offline: true })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/^Search by text needs CLIP .*openai\/clip-vit-base-patch32/),
    });
  },
);

test('a folder without a text tower, or whose tokeniser is another, is refused', async () => {
  await expect(resolveTextTower(join(folder, 'dinov2-small'))).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  await writeFile(join(clip, 'tokenizer.json'), '{"model": {"type": "BPE"}}');
  await expect(open()).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining('tokenizer.json'),
  });
  await unlink(join(clip, 'tokenizer.json'));
  await expect(open()).rejects.toMatchObject({ code: 'MODEL_MISSING' });
});
