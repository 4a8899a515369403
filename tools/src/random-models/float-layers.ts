import type { Graph } from '../onnx/graph.js';
import {
  BIAS_DEVIATION,
  floatParameter,
  linearDeviation,
  parameterName,
  patchDeviation,
  type Layers,
} from './layers.js';

/** Layers with float32 weights: the operators of a plain export. */
export function floatLayers(graph: Graph): Layers {
  const parameter = (path: string, name: string, dims: readonly number[], deviation: number) =>
    floatParameter(graph, parameterName(path, name), dims, deviation);

  return {
    graph,
    linear(path, input, shape) {
      const weight = parameter(path, 'weight', [shape.from, shape.to], linearDeviation(shape));
      const product = graph.node('MatMul', [input, weight], {}, { name: `${path}/MatMul` });
      if (!shape.bias) return product;
      const bias = parameter(path, 'bias', [shape.to], BIAS_DEVIATION);
      return graph.node('Add', [bias, product], {}, { name: `${path}/Add` });
    },
    patches(path, input, shape) {
      const { patch, to } = shape;
      const weight = parameter(path, 'weight', [to, 3, patch, patch], patchDeviation(shape));
      const bias = shape.bias ? [parameter(path, 'bias', [to], BIAS_DEVIATION)] : [];
      const attributes = { kernel_shape: [patch, patch], strides: [patch, patch] };
      return graph.node('Conv', [input, weight, ...bias], attributes, { name: `${path}/Conv` });
    },
    lookUp(path, rows, { rows: count, width, deviation }) {
      const table = parameter(path, 'weight', [count, width], deviation);
      return graph.node('Gather', [table, rows], {}, { name: `${path}/Gather` });
    },
  };
}
