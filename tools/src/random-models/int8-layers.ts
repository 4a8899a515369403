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

type Weights = 'int8' | 'uint8';

const ZERO_POINTS: Readonly<Record<Weights, Tensor>> = {
  int8: { type: 'int8', dims: [], data: () => Uint8Array.of(0) },
  uint8: { type: 'uint8', dims: [], data: () => Uint8Array.of(128) },
};

/** What is left of float32 weights: rounded values, their scale and their zero point. */
type QuantisedWeight = readonly [values: string, scale: string, zeroPoint: string];

/** Quantises in a graph what int8 layers work on, each input once. */
class Quantisation {
  readonly #graph: Graph;
  readonly #weights: Weights;
  readonly #inputs = new Map<string, readonly [values: string, scale: string, zeroPoint: string]>();

  constructor(graph: Graph, weights: Weights) {
    this.#graph = graph;
    this.#weights = weights;
  }

  weight(path: string, dims: readonly number[], deviation: number): QuantisedWeight {
    const name = parameterName(path, 'weight');
    const { [this.#weights]: values, scale } = randomWeights(name, dims, deviation);
    return [
      this.#graph.constant(`${name}_quantized`, values),
      this.#graph.constant(`${name}_scale`, scale),
      this.#graph.constant(`${name}_zero_point`, ZERO_POINTS[this.#weights]),
    ];
  }

  /** The integer operator between an input and a weight, and its result as float32. */
  product(
    op: 'MatMulInteger' | 'ConvInteger',
    name: string,
    input: string,
    [weight, weightScale, weightZero]: QuantisedWeight,
    attributes: Readonly<Record<string, readonly number[]>> = {},
  ): string {
    const graph = this.#graph;
    const [values, scale, zero] = this.#input(input);
    const sums = graph.node(op, [values, weight, zero, weightZero], attributes, { name: `${name}_quant` });
    const floats = graph.node('Cast', [sums], { to: FLOAT }, { name: `${name}_cast` });
    const scales = graph.node('Mul', [scale, weightScale], {}, { name: `${name}_quant_scales_mul` });
    return graph.node('Mul', [floats, scales], {}, { name: `${name}_quant_output_scale_mul` });
  }

  #input(input: string) {
    const outputs =
      this.#inputs.get(input) ??
      this.#graph.nodeWithOutputs(
        'DynamicQuantizeLinear',
        [input],
        [`${input}_quantized`, `${input}_scale`, `${input}_zero_point`],
        {},
        `${input}_QuantizeLinear`,
      );
    this.#inputs.set(input, outputs);
    return outputs;
  }
}

/** Layers with signed weights, as they are mostly published: their products saturate on processors without VNNI. */
export const int8Layers = (graph: Graph): Layers => quantisedLayers(graph, 'int8');

/** Layers with unsigned weights, whose products never saturate. */
export const uint8Layers = (graph: Graph): Layers => quantisedLayers(graph, 'uint8');

/**
 * Layers with weights of 8 bits, whose inputs are quantised while the model runs: the operators that ONNX
 * Runtime's `quantize_dynamic` writes. The weights are those of the float layers, rounded.
 */
function quantisedLayers(graph: Graph, weights: Weights): Layers {
  const quantisation = new Quantisation(graph, weights);
  return {
    graph,
    linear(path, input, shape) {
      const weight = quantisation.weight(path, [shape.from, shape.to], linearDeviation(shape));
      const product = quantisation.product('MatMulInteger', `${path}/MatMul`, input, weight);
      if (!shape.bias) return product;
      const bias = floatParameter(graph, parameterName(path, 'bias'), [shape.to], BIAS_DEVIATION);
      return graph.node('Add', [bias, product], {}, { name: `${path}/Add` });
    },
    patches(path, input, shape) {
      const { patch, to } = shape;
      const weight = quantisation.weight(path, [to, 3, patch, patch], patchDeviation(shape));
      const attributes = { kernel_shape: [patch, patch], strides: [patch, patch] };
      const product = quantisation.product('ConvInteger', `${path}/Conv`, input, weight, attributes);
      if (!shape.bias) return product;
      const bias = floatParameter(graph, parameterName(path, 'bias'), [1, to, 1, 1], BIAS_DEVIATION);
      return graph.node('Add', [product, bias], {}, { name: `${path}/Conv_bias_add` });
    },
    lookUp(path, rows, { rows: count, width, deviation }) {
      const [table, scale, zero] = quantisation.weight(path, [count, width], deviation);
      const found = graph.node('Gather', [table, rows], {}, { name: `${path}/Gather_quant` });
      return graph.node('DequantizeLinear', [found, scale, zero], {}, { name: `${path}/Gather_dequantize` });
    },
  };
}
