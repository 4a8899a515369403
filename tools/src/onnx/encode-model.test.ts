import { describe, expect, test } from '@jest/globals';
import { encodeModel } from './encode-model.js';
import { Graph } from './graph.js';
import { floatTensor, type Tensor } from './tensor.js';

const options = { opset: 17, description: 'test' };

function graphWith(constants: Readonly<Record<string, Tensor>>): Graph {
  const graph = new Graph('constants');
  for (const [name, tensor] of Object.entries(constants)) graph.constant(name, tensor);
  return graph;
}

describe('encodeModel', () => {
  test('asks for the data of one constant at a time, when its turn comes', () => {
    const asked: string[] = [];
    const tensor = (name: string): Tensor => ({
      type: 'int8',
      dims: [3],
      data: () => {
        asked.push(name);
        return new Uint8Array(3);
      },
    });

    const askedBefore: number[] = [];
    for (const piece of encodeModel(graphWith({ a: tensor('a'), b: tensor('b') }), options)) {
      if (piece.length > 0) askedBefore.push(asked.length);
    }

    // The model's head, the graph's, its body; then head and data of each constant.
    expect(askedBefore).toEqual([0, 0, 0, 1, 1, 2, 2]);
    expect(asked).toEqual(['a', 'b']);
  });

  test('refuses a constant whose data does not fill its shape', () => {
    const pieces = encodeModel(graphWith({ short: floatTensor([2, 2], [1, 2, 3]) }), options);

    expect(() => [...pieces]).toThrow('short has 12 bytes where its shape asks for 16');
  });
});

describe('Graph', () => {
  test('refuses two constants of one name', () => {
    const graph = graphWith({ weight: floatTensor([], [1]) });

    expect(() => graph.constant('weight', floatTensor([], [2]))).toThrow('has a constant weight already');
  });
});
