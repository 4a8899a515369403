import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readOnnxGraph } from './onnx-graph.js';
import { constant, externalConstant, FLOAT, message, model, node, type Field } from './onnx-messages.test.data.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(bytes: Uint8Array) {
  const path = join(folder, 'model.onnx');
  await writeFile(path, bytes);
  return readOnnxGraph(path);
}

const at = (location: string) => externalConstant('w', FLOAT, 4, { location });
const inAttribute = (field: number, value: Uint8Array) => message([1, 'a'], [field, value]);
const graphOf = (...fields: Field[]) => message(...fields);

test('a model in one file names no other', async () => {
  const weights = constant('w', FLOAT, new Float32Array(100_000).fill(0.1));
  const { weightFiles, quantised } = await read(model([node('Add', ['w', 'pixel_values'], 'image_embeds')], [weights]));
  expect([[...weightFiles], quantised]).toEqual([[], false]);
});

test('further files are named once, with the bytes that they must have', async () => {
  const { weightFiles } = await read(
    model(
      [],
      [
        externalConstant('a', FLOAT, 4, { location: 'z.data', offset: '4096', length: '16' }),
        // Larger than what is read at once.
        constant('between', FLOAT, new Float32Array(100_000)),
        externalConstant('b', FLOAT, 4, { location: 'z.data', offset: '0', length: '16' }),
        externalConstant('c', FLOAT, 4, { location: './more/a.data' }),
      ],
    ),
  );
  expect([...weightFiles]).toEqual([
    ['more/a.data', 0],
    ['z.data', 4112],
  ]);
});

test.each([
  ['an initialiser', graphOf([5, at('x')])],
  ['a sparse initialiser', graphOf([15, message([1, at('x')])])],
  ['a constant in an attribute', graphOf([1, message([4, 'Constant'], [5, inAttribute(5, at('x'))])])],
  ['a list of constants', graphOf([1, message([5, inAttribute(10, at('x'))])])],
  ['a branch', graphOf([1, message([4, 'If'], [5, inAttribute(6, message([5, at('x')]))])])],
])('the weights of %s count', async (_, graph) => {
  expect([...(await read(message([7, graph]))).weightFiles.keys()]).toEqual(['x']);
});

test('the weights of a function count', async () => {
  const body = message([7, message([4, 'Constant'], [5, inAttribute(5, at('x'))])]);
  const { weightFiles } = await read(message([7, message([2, 'main'])], [25, body]));
  expect([...weightFiles.keys()]).toEqual(['x']);
});

test.each(['DynamicQuantizeMatMul', 'MatMulInteger', 'ConvInteger', 'QLinearConv', 'DequantizeLinear'])(
  '%s makes a model a quantised one',
  async (operator) => {
    expect(
      (await read(model([node('Relu', ['a'], 'b'), node(operator, ['b'], 'c'), node(operator, ['c'], 'd')], [])))
        .quantised,
    ).toBe(true);
  },
);

test.each([
  [2, false],
  [3, true],
  [FLOAT, false],
])('constants of type %i: signed bytes is %s', async (type, signed) => {
  const weights = constant('w', type, new Float32Array(1));
  expect((await read(model([node('MatMulInteger', ['x', 'w'], 'y')], [weights]))).signed).toBe(signed);
});

describe('is refused:', () => {
  test.each(['/etc/passwd', '../x', 'a/../../x', '..', '.', '', 'C:\\x', 'a\\..\\x', 'folder/', 'x\0'])(
    'weights in %j',
    async (location) => {
      await expect(read(model([], [at(location)]))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    },
  );

  test.each([
    ['an empty file', '', 'it is empty'],
    ['a web page', '<!doctype html><title>404</title>', 'it is a web page'],
    ['a pointer of git-LFS', 'version https://git-lfs.github.com/spec/v1\n', 'git lfs pull'],
    ['a text', 'Not found', 'it is damaged, or something else'],
    ['a message without a graph', message([1, 8]), 'there is no graph in it'],
  ])('%s, which is named', async (_, content, reason) => {
    await expect(read(Buffer.from(content))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  test('every part of a model', async () => {
    const whole = model([node('Relu', ['a'], 'b')], [constant('w', FLOAT, new Float32Array(8))]);
    // The last bytes are the graph's successor in the file, a message of its own.
    const graphEnds = whole.length - message([8, message([1, ''], [2, 18])]).length;
    for (let length = 3; length < graphEnds; length++) {
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    }
  });

  test('graphs within graphs without end', async () => {
    let graph = graphOf([2, 'innermost']);
    for (let i = 0; i < 200; i++) graph = graphOf([1, message([5, inAttribute(6, graph)])]);
    await expect(read(message([7, graph]))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
