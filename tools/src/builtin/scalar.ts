import type { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';

/** A single float32 as a constant of the graph. */
export function scalar(graph: Graph, name: string, value: number): string {
  return graph.constant(name, floatTensor([], [value]));
}
