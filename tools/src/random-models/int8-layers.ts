import type { Graph } from '../onnx/graph.js';
import type { Tensor } from '../onnx/tensor.js';
import {
  BIAS_DEVIATION,
  floatParameter,
  linearDeviation,
  parameterName,
  patchDeviation,
  type Layers,
} from './layers.js';
import { randomWeights } from './random-weights.js';

/** Number of float32 in ONNX, for Cast. */
const FLOAT = 1;

const zeroPoint: Tensor = { type: 'int8', dims: [], data: () => new Uint8Array(1) };

/**
 * Layers with int8 weights, whose inputs are quantised while the model runs: the operators that ONNX
 * Runtime's `quantize_dynamic` writes. The weights are those of the float layers, rounded.
 */
export function int8Layers(graph: Graph): Layers {
  const quantisedInputs = new Map<string, readonly [values: string, scale: string, zeroPoint: string]>();

  const quantiseInput = (input: string) => {
    const outputs =
      quantisedInputs.get(input) ??
      graph.nodeWithOutputs(
        'DynamicQuantizeLinear',
        [input],
        [`${input}_quantized`, `${input}_scale`, `${input}_zero_point`],
        {},
        `${input}_QuantizeLinear`,
      );
    quantisedInputs.set(input, outputs);
    return outputs;
  };

  const quantisedWeight = (path: string, dims: readonly number[], deviation: number) => {
    const name = parameterName(path, 'weight');
    const { int8, scale } = randomWeights(name, dims, deviation);
    return [
      graph.constant(`${name}_quantized`, int8),
      graph.constant(`${name}_scale`, scale),
      graph.constant(`${name}_zero_point`, zeroPoint),
    ] as const;
  };

  /** The integer operator between an input and a weight, and its result as float32. */
  const integerProduct = (
    op: 'MatMulInteger' | 'ConvInteger',
    name: string,
    input: string,
    [weight, weightScale, weightZero]: ReturnType<typeof quantisedWeight>,
    attributes: Readonly<Record<string, readonly number[]>> = {},
  ) => {
    const [values, scale, zero] = quantiseInput(input);
    const sums = graph.node(op, [values, weight, zero, weightZero], attributes, { name: `${name}_quant` });
    const floats = graph.node('Cast', [sums], { to: FLOAT }, { name: `${name}_cast` });
    const scales = graph.node('Mul', [scale, weightScale], {}, { name: `${name}_quant_scales_mul` });
    return graph.node('Mul', [floats, scales], {}, { name: `${name}_quant_output_scale_mul` });
  };

  return {
    graph,
    linear(path, input, shape) {
      const weight = quantisedWeight(path, [shape.from, shape.to], linearDeviation(shape));
      const product = integerProduct('MatMulInteger', `${path}/MatMul`, input, weight);
      if (!shape.bias) return product;
      const bias = floatParameter(graph, parameterName(path, 'bias'), [shape.to], BIAS_DEVIATION);
      return graph.node('Add', [bias, product], {}, { name: `${path}/Add` });
    },
    patches(path, input, shape) {
      const { patch, to } = shape;
      const weight = quantisedWeight(path, [to, 3, patch, patch], patchDeviation(shape));
      const attributes = { kernel_shape: [patch, patch], strides: [patch, patch] };
      const product = integerProduct('ConvInteger', `${path}/Conv`, input, weight, attributes);
      if (!shape.bias) return product;
      const bias = floatParameter(graph, parameterName(path, 'bias'), [1, to, 1, 1], BIAS_DEVIATION);
      return graph.node('Add', [product, bias], {}, { name: `${path}/Conv_bias_add` });
    },
    lookUp(path, rows, { rows: count, width, deviation }) {
      const [table, scale, zero] = quantisedWeight(path, [count, width], deviation);
      const found = graph.node('Gather', [table, rows], {}, { name: `${path}/Gather_quant` });
      return graph.node('DequantizeLinear', [found, scale, zero], {}, { name: `${path}/Gather_dequantize` });
    },
  };
}
