import type { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import type { Activation } from './transformer.js';

/** CLIP's: x · sigmoid(1.702 x), an approximation of GELU (Hendrycks and Gimpel, 2016). */
export const quickGelu: Activation = (graph, path, input) => {
  const steepness = scalar(graph, path, 'steepness', 1.702);
  const steep = graph.node('Mul', [input, steepness], {}, { name: `${path}/Mul` });
  const gate = graph.node('Sigmoid', [steep], {}, { name: `${path}/Sigmoid` });
  return graph.node('Mul', [input, gate], {}, { name: `${path}/Mul_1` });
};

/** DINOv2's: x · (1 + erf(x / √2)) / 2, GELU itself. */
export const gelu: Activation = (graph, path, input) => {
  const divided = graph.node('Div', [input, scalar(graph, path, 'root', Math.SQRT2)], {}, { name: `${path}/Div` });
  const error = graph.node('Erf', [divided], {}, { name: `${path}/Erf` });
  const raised = graph.node('Add', [error, scalar(graph, path, 'one', 1)], {}, { name: `${path}/Add` });
  const product = graph.node('Mul', [input, raised], {}, { name: `${path}/Mul` });
  return graph.node('Mul', [product, scalar(graph, path, 'half', 0.5)], {}, { name: `${path}/Mul_1` });
};

function scalar(graph: Graph, path: string, name: string, value: number): string {
  return graph.constant(`${path}/${name}`, floatTensor([], [value]));
}
