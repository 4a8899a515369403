import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { mapWeights } from './mapped-weights.js';
import { readOnnxGraph } from './onnx-graph.js';
import { constant, externalConstant, FLOAT, message, model, node, rawConstant } from './onnx-messages.test.data.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mapped-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(bytes: Uint8Array, name = 'model.onnx'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const NODES = [node('Add', ['large', 'small'], 'image_embeds')];
const SMALL = constant('small', FLOAT, new Float32Array(16).fill(2));
const LARGE = new Float32Array(50_000).map((_, i) => i);

test('large weights become their places in the file, and all else stays as it is', async () => {
  const bytes = model(NODES, [SMALL, constant('large', FLOAT, LARGE)]);
  const path = await written(bytes);
  const mapped = await mapWeights(path);
  const offset = Buffer.from(bytes).indexOf(Buffer.from(LARGE.buffer));
  const place = { location: 'model.onnx', offset: String(offset), length: String(LARGE.byteLength) };
  expect(mapped?.weightsFolder).toBe(folder);
  // The fields of the tensor stand in another order than in a tensor that is written with a place at once.
  const large = message(
    [1, LARGE.length],
    [2, FLOAT],
    [8, 'large'],
    ...Object.entries(place).map(([key, text]) => [13, message([1, key], [2, text])] as const),
    [14, 1],
  );
  expect(Buffer.from(mapped?.graph ?? [])).toEqual(Buffer.from(model(NODES, [SMALL, large])));
});

test('the graph is read as one with its weights in the file itself', async () => {
  const path = await written(model(NODES, [SMALL, constant('large', FLOAT, LARGE)]));
  const mapped = await mapWeights(path);
  const { weightFiles } = await readOnnxGraph(await written(mapped?.graph ?? new Uint8Array(), 'graph.onnx'));
  expect([...weightFiles.keys()]).toEqual(['model.onnx']);
  expect(weightFiles.get('model.onnx')).toBeLessThanOrEqual((await readFile(path)).length);
});

test('weights behind a link are found where they are', async () => {
  const path = await written(model(NODES, [SMALL, constant('large', FLOAT, LARGE)]), 'blob');
  await symlink(path, join(folder, 'link.onnx'));
  const mapped = await mapWeights(join(folder, 'link.onnx'));
  expect(Buffer.from(mapped?.graph ?? []).includes('blob')).toBe(true);
  expect(mapped?.weightsFolder).toBe(folder);
});

test.each([
  ['small weights only', model(NODES, [SMALL, constant('also-small', FLOAT, new Float32Array(15_000))])],
  ['weights elsewhere already', model(NODES, [externalConstant('large', FLOAT, 50_000, { location: 'x.data' })])],
  ['nothing', new Uint8Array()],
])('a model with %s is opened as it is', async (_, bytes) => {
  expect(await mapWeights(await written(bytes, 'as-it-is.onnx'))).toBeUndefined();
});

test('what is cut short is no model', async () => {
  const bytes = model(NODES, [rawConstant('large', FLOAT, 50_000, new Uint8Array(LARGE.buffer))]);
  await expect(mapWeights(await written(bytes.subarray(0, -100), 'cut.onnx'))).rejects.toThrow();
});
