import { describe, expect, test } from '@jest/globals';
import * as ort from 'onnxruntime-node';
import { encodeModel } from './encode-model.js';
import { Graph } from './graph.js';
import { bytesOf, floatTensor, int64Tensor, type Tensor } from './tensor.js';

async function run(graph: Graph, inputs: Record<string, ort.Tensor>) {
  const bytes = Buffer.concat([...encodeModel(graph, { opset: 17, description: 'test' })]);
  const session = await ort.InferenceSession.create(bytes);
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** As plain numbers; -0 counts as 0. */
const numbers = (tensor: ort.Tensor | undefined) => [...(tensor?.data ?? [])].map((value) => Number(value) + 0);

const bytes = (type: 'uint8' | 'int8', dims: readonly number[], values: ArrayBufferView): Tensor => ({
  type,
  dims,
  data: () => bytesOf(values),
});

describe('a written model in ONNX Runtime', () => {
  test('takes attributes of every kind, zeros and negative numbers among them', async () => {
    const graph = new Graph('attributes');
    const x = graph.input('x', 'float32', ['n', 2]);
    const leaky = graph.node('LeakyRelu', [x], { alpha: { float: 0 } });
    const padded = graph.node('Pad', [leaky, graph.constant('pads', int64Tensor([0, 1, 0, 0]))], { mode: 'edge' });
    const turned = graph.node('Transpose', [padded], { perm: [1, 0] });
    graph.node('Concat', [turned, turned], { axis: 0 }, { output: 'first' });
    graph.node('Concat', [turned, turned], { axis: -1 }, { output: 'last' });
    graph.output('first', 'float32', [6, 'n']);
    graph.output('last', 'float32', [3, 'm']);

    const { first, last } = await run(graph, { x: new ort.Tensor('float32', Float32Array.of(-1, 2, 3, 4), [2, 2]) });

    expect(numbers(first)).toEqual([0, 3, 0, 3, 2, 4, 0, 3, 0, 3, 2, 4]);
    expect(first?.dims).toEqual([6, 2]);
    expect(numbers(last)).toEqual([0, 3, 0, 3, 0, 3, 0, 3, 2, 4, 2, 4]);
  });

  test('takes constants of every type, scalars and long ones among them', async () => {
    const graph = new Graph('constants');
    const x = graph.input('x', 'uint8', ['n', 2]);
    const weights = graph.constant('weights', bytes('int8', [2, 2], Int8Array.of(1, -2, 3, -4)));
    const zero = graph.constant('zero', bytes('uint8', [], Uint8Array.of(1)));
    const product = graph.node('MatMulInteger', [x, weights, zero]);
    const floats = graph.node('Cast', [product], { to: 1 });
    const scaled = graph.node('Mul', [floats, graph.constant('half', floatTensor([], [0.5]))]);
    const rows = graph.constant('shape', int64Tensor([-1]));
    graph.node('Reshape', [scaled, rows], {}, { output: 'y' });
    const long = graph.constant('long', floatTensor([20_000], new Float32Array(20_000).fill(0.25)));
    graph.node('ReduceSum', [long], { keepdims: 0 }, { output: 'sum' });
    graph.output('y', 'float32', ['m']);
    graph.output('sum', 'float32', []);

    const { y, sum } = await run(graph, { x: new ort.Tensor('uint8', Uint8Array.of(2, 3, 1, 1), [2, 2]) });

    expect(numbers(y)).toEqual([3.5, -5, 0, 0]);
    expect(numbers(sum)).toEqual([5000]);
  });

  test('gives each of the outputs of a node', async () => {
    const graph = new Graph('outputs');
    const x = graph.input('x', 'float32', [3]);
    graph.nodeWithOutputs('Split', [x, graph.constant('parts', int64Tensor([1, 2]))], ['a', 'b'], { axis: 0 });
    graph.output('a', 'float32', [1]);
    graph.output('b', 'float32', [2]);

    const { a, b } = await run(graph, { x: new ort.Tensor('float32', Float32Array.of(1, 2, 3), [3]) });

    expect([numbers(a), numbers(b)]).toEqual([[1], [2, 3]]);
  });
});
