import { expect, test } from '@jest/globals';

import { encoderId, settingsBehind, textTowerId, type Resample } from './encoder-id.js';
import type { ResolvedModel } from './resolved-model.js';

const MODEL: ResolvedModel = {
  name: 'openai/clip-vit-base-patch32',
  revision: 'd15189d7028b43f1d3e65039190477f6af591c2a',
  precision: 'fp32',
  path: '/cache/model.onnx',
  sha256: 'fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40',
  quantised: false,
  modelType: 'clip_vision_model',
  dimensions: 512,
  preprocessing: {
    resize: { shortestEdge: 224 },
    inputSize: { width: 224, height: 224 },
    filter: 'bicubic',
    rescale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
};

test('is readable', () => {
  expect(encoderId(MODEL, 'fast')).toMatch(
    /^openai\/clip-vit-base-patch32@d15189d#fp32:sha256=fd6e1402a588:pre=[0-9a-f]{8}$/,
  );
});

test('int8 is not the space in which its sums saturated', () => {
  const int8: ResolvedModel = { ...MODEL, precision: 'int8', quantised: true };
  expect(encoderId(int8, 'fast')).toMatch(/@d15189d#int8-unsaturated:sha256=fd6e1402a588:pre=[0-9a-f]{8}$/);
  const tower = { ...int8, kind: 'clip' as const, tokenizerPath: '', tokenizerSha256: 'ab'.repeat(32) };
  expect(textTowerId(tower)).toMatch(/@d15189d#text-int8-unsaturated:sha256=fd6e1402a588:tokenizer=abababab$/);
  // However the file is called.
  expect(encoderId({ ...MODEL, quantised: true }, 'fast')).toContain('#fp32-unsaturated:');
});

test('changes with everything that changes a vector', () => {
  const { preprocessing } = MODEL;
  const variants: [Partial<ResolvedModel>, Resample][] = [
    [{}, 'fast'],
    [{}, 'exact'],
    [{ sha256: 'a'.repeat(64) }, 'fast'],
    [{ precision: 'int8' }, 'fast'],
    [{ preprocessing: { ...preprocessing, resize: { shortestEdge: 256 } } }, 'fast'],
    [{ preprocessing: { ...preprocessing, resize: { width: 224, height: 224 } } }, 'fast'],
    [{ preprocessing: { ...preprocessing, filter: 'bilinear' } }, 'fast'],
    [{ preprocessing: { ...preprocessing, mean: [0, 0, 0.1] } }, 'fast'],
  ];
  const ids = variants.map(([change, resample]) => encoderId({ ...MODEL, ...change }, resample));
  expect(new Set(ids).size).toBe(variants.length);
});

test.each<[string, Partial<ResolvedModel>, Resample, string[]]>([
  ['another model', { name: 'openai/clip-vit-large-patch14' }, 'fast', ['model']],
  ['another revision', { revision: 'b'.repeat(40) }, 'fast', ['model']],
  ['precision', { precision: 'int8', sha256: 'a'.repeat(64) }, 'fast', ['precision']],
  ['resizing', {}, 'exact', ['resample']],
  ['precision and resizing', { precision: 'int8' }, 'exact', ['precision', 'resample']],
  ['only its files', { sha256: 'a'.repeat(64) }, 'fast', []],
  [
    'only how its files say images are prepared',
    { preprocessing: { ...MODEL.preprocessing, filter: 'bilinear' } },
    'fast',
    [],
  ],
])('the setting behind another id: %s', (_, change, resample, expected) => {
  expect(settingsBehind(encoderId({ ...MODEL, ...change }, resample), MODEL, 'fast')).toEqual(expected);
});

test('what becomes of colour profiles is a setting, too', () => {
  const ignoring = encoderId(MODEL, 'exact', 'ignore-profiles');
  expect(ignoring).not.toBe(encoderId(MODEL, 'exact', 'convert'));
  expect(encoderId(MODEL, 'exact')).toBe(encoderId(MODEL, 'exact', 'convert'));
  expect(settingsBehind(ignoring, MODEL, 'exact')).toEqual(['colour']);
  expect(settingsBehind(ignoring, MODEL, 'fast', 'convert')).toEqual(['resample', 'colour']);
  expect(settingsBehind(ignoring, MODEL, 'exact', 'ignore-profiles')).toEqual([]);
});

test('an id that is nothing like ours is another model', () => {
  for (const id of ['', 'mine', 'a#b:c']) expect(settingsBehind(id, MODEL, 'fast')).toEqual(['model']);
});

test('a folder may move, and sizes may be written in any order', () => {
  const local = { ...MODEL, revision: '', name: '/models/mine' };
  expect(encoderId(local, 'fast')).toMatch(/^local\/mine#fp32:/);
  const moved: ResolvedModel = {
    ...local,
    name: 'elsewhere/mine/',
    preprocessing: { ...MODEL.preprocessing, inputSize: { height: 224, width: 224 } },
  };
  expect(encoderId(moved, 'fast')).toBe(encoderId(local, 'fast'));
});

test('a text tower begins as the image encoder of its model, and changes with either file', () => {
  const { name, revision, precision, path, sha256, quantised } = MODEL;
  const weights = { path, sha256, quantised };
  const tower = {
    name,
    revision,
    precision,
    ...weights,
    kind: 'clip' as const,
    tokenizerPath: '',
    tokenizerSha256: 'ab'.repeat(32),
  };
  expect(textTowerId(tower)).toBe(
    'openai/clip-vit-base-patch32@d15189d#text-fp32:sha256=fd6e1402a588:tokenizer=abababab',
  );
  expect(textTowerId({ ...tower, tokenizerSha256: 'cd'.repeat(32) })).not.toBe(textTowerId(tower));
});
