import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dot } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { openOnnxTextTower, resolveTextTower } from '@fashionmatch/encoders';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { fashionmatch, type Outcome } from './running/fashionmatch-process.js';
import { readRawCollections } from './running/raw-collections.js';

const MODELS = {
  FASHIONMATCH_MODELS__CLIP_MODEL: './models/clip-vit-base-patch32',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
};

const BUILT_IN = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: 'built-in',
};

interface Found {
  readonly query: object;
  readonly hits: readonly { readonly clip_score: number }[];
}

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-text-search-'));
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, join(folder, 'models'));
  await copySampleData(join(folder, 'data'));
  await fashionmatch(['embed', '--mode', 'scraped', '-q'], folder, MODELS);
  await fashionmatch(['embed', '--mode', 'scraped', '--limit', '1', '-q'], folder, { ...MODELS, ...BUILT_IN });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const search = (args: readonly string[], settings: Record<string, string> = MODELS): Promise<Outcome> =>
  fashionmatch(['search', ...args], folder, settings);

test('finds the items whose CLIP vectors are nearest to the text, and says in which space', async () => {
  const { exitCode, stdout, stderr } = await search(['--text', 'a red shirt', '-k', '7', '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const tower = await openOnnxTextTower({
    tower: await resolveTextTower(join(folder, 'models/clip-vit-base-patch32')),
    logger: new RecordingLogger(),
    device: 'cpu',
  });
  const [text = []] = await tower.encode(['a red shirt']);
  await tower[Symbol.asyncDispose]();
  const { clip } = await readRawCollections(join(folder, 'data/chromadb'), 'fashion_items');
  const scores = clip.embeddings.map((vector) => dot(text, vector)).sort((a, b) => b - a);

  const { query, hits }: Found = JSON.parse(stdout);
  expect(query).toEqual({ text: 'a red shirt', space: 'clip' });
  expect(hits).toHaveLength(7);
  for (const [i, hit] of hits.entries()) {
    expect(hit).toMatchObject({ rank: i + 1, dino_score: null, similarity_score: hit.clip_score });
    expect(hit.clip_score).toBeCloseTo(scores[i] ?? NaN, 6);
  }
  const exact = await search(['--text', 'a red shirt', '-k', '7', '--json', '--exact']);
  const scanned: Found = JSON.parse(exact.stdout);
  expect(scanned.hits).toEqual(hits);
});

test('says above the table that texts are compared by CLIP alone', async () => {
  const { exitCode, stdout, stderr } = await search(['--text', 'blue shirt', '-k', '2', '--where', 'source=scraped']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: 'A text is compared with the CLIP vectors only: the score is the CLIP score.\n',
  });
  expect(stdout.split('\n')).toHaveLength(4);
});

const INT8 = { FASHIONMATCH_MODELS__PRECISION: 'int8', FASHIONMATCH_MODELS__DINO_MODEL: './models/dinov2-small' };

test.each([
  ['with built-in encoders', 6, 'needs CLIP', BUILT_IN, ['--text', 'a']],
  ['in a store of another model', 2, '#int8', INT8, ['--text', 'a']],
  ['that says nothing', 2, 'says nothing', {}, ['--text', ' ']],
  ['with weights', 2, 'leave out --weights', {}, ['--text', 'a', '--weights', 'clip=1,dino=0']],
])('a text %s is refused in one line', async (_, exitCode, message, settings, args) => {
  const outcome = await search(args, { ...MODELS, ...settings });
  expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  expect(outcome.stderr).toMatch(/^fashionmatch: .*\n$/);
});

test('the files for texts are listed, and asked for by `models verify --text`', async () => {
  const verify = await fashionmatch(['models', 'verify', '--text', '--json'], folder, MODELS);
  expect(verify.exitCode).toBe(0);
  const { models }: { models: { files: { needed_for: string }[] }[] } = JSON.parse(verify.stdout);
  expect(models[0]?.files.map(({ needed_for }) => needed_for)).toEqual([...['images', 'images', 'texts', 'texts']]);
  const pinned = { FASHIONMATCH_MODELS__CLIP_MODEL: 'openai/clip-vit-base-patch32', HF_HOME: join(folder, 'empty') };
  const list = await fashionmatch(['models', 'list'], folder, { ...MODELS, ...pinned });
  expect(list.stdout).toMatch(/missing +254\.1 MB .*text_model\.onnx {2}\(for search --text\)/);
  const offline = { ...MODELS, HF_HUB_OFFLINE: '1' };
  expect((await fashionmatch(['models', 'pull', '--text'], folder, offline)).exitCode).toBe(0);
  const builtIn = { ...MODELS, FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout' };
  const pull = await fashionmatch(['models', 'pull', '--text'], folder, builtIn);
  expect(pull).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('needs CLIP') });
});
