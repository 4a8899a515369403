import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { elementCount, ELEMENT_TYPES } from '../onnx/tensor.js';
import { CLIP_VOCABULARY, clipTokenizer } from './clip-tokenizer.js';
import { randomModels } from './random-models.js';
import { writeModelFolder } from './write-model-folder.js';

/** Lower-case hex SHA-256 of every file, by its path in the folder. */
async function writtenTo(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const model of randomModels({ tiny: true })) {
    for (const path of await writeModelFolder(model, folder)) {
      const hash = createHash('sha256').update(await readFile(path));
      hashes.set(path.slice(folder.length + 1), hash.digest('hex'));
    }
  }
  return hashes;
}

describe('written models', () => {
  let folder: string;
  let once: Map<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'random-models-'));
    once = await writtenTo(join(folder, 'once'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are the same bytes each time', async () => {
    expect(await writtenTo(join(folder, 'again'))).toEqual(once);
  });

  test('come with the published preprocessing, to the byte', () => {
    expect(once.get('clip-vit-base-patch32/preprocessor_config.json')).toBe(
      '6f638fb9401a6d6296feff533ee7efe657b787c49f954f82f5906b36ef2a1b1f',
    );
    expect(once.get('dinov2-small/preprocessor_config.json')).toBe(
      '14e780d86fa1861f8751f868d7f45425b5feb55c38ca26f152ca5097ab30f828',
    );
  });
});

test.each([
  ['clip-vit-base-patch32', 'onnx/vision_model.onnx', 351_685_709],
  ['clip-vit-base-patch32', 'onnx/vision_model_int8.onnx', 88_648_877],
  ['clip-vit-base-patch32', 'onnx/text_model.onnx', 254_058_553],
  ['clip-vit-base-patch32', 'onnx/text_model_int8.onnx', 64_504_507],
  ['dinov2-small', 'onnx/model.onnx', 88_532_934],
  ['dinov2-small', 'onnx/model_int8.onnx', 24_446_700],
])('%s/%s is as large as the published one, give or take 3 %', (name, path, published) => {
  const graph = randomModels({})
    .find((model) => model.name === name)
    ?.graphs.get(path)?.();

  const constants = [...(graph?.constants.values() ?? [])];
  const bytes = constants.reduce((sum, { dims, type }) => sum + elementCount(dims) * ELEMENT_TYPES[type].bytes, 0);

  expect(bytes / published).toBeGreaterThan(0.97);
  expect(bytes / published).toBeLessThan(1.03);
});

test('the tokenizer has a piece for every byte, within a word and at its end', () => {
  const { vocab, merges } = clipTokenizer().model;
  const ids = Object.values(vocab);

  expect(new Set(ids).size).toBe(2 * 256 + merges.length + 2);
  expect(Math.max(...ids)).toBe(CLIP_VOCABULARY - 1);
  for (const merge of merges) expect(vocab).toHaveProperty([merge.replace(' ', '')]);
});
