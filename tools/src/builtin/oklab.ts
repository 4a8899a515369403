import type { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { scalar } from './scalar.js';

/** Matrices of OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020). */
const LINEAR_SRGB_TO_LMS = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const ROOT_LMS_TO_OKLAB = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

/** sRGB in [0, 1] to OKLab, point by point. */
export function oklab(graph: Graph, colours: string): string {
  const matrix = (name: string, rows: readonly (readonly number[])[]) =>
    graph.constant(name, floatTensor([3, 3, 1, 1], rows.flat()));

  // The sRGB transfer function (IEC 61966-2-1): a short straight line, then a power.
  const inRange = graph.node('Clip', [colours, scalar(graph, 'black', 0), scalar(graph, 'white', 1)]);
  const line = graph.node('Mul', [inRange, scalar(graph, 'line_slope', 1 / 12.92)]);
  const shifted = graph.node('Add', [inRange, scalar(graph, 'curve_offset', 0.055)]);
  const base = graph.node('Mul', [shifted, scalar(graph, 'curve_scale', 1 / 1.055)]);
  const curve = graph.node('Pow', [base, scalar(graph, 'curve_gamma', 2.4)]);
  const dark = graph.node('Less', [inRange, scalar(graph, 'line_end', 0.04045)]);
  const linear = graph.node('Where', [dark, line, curve]);

  const lms = graph.node('Conv', [linear, matrix('to_lms', LINEAR_SRGB_TO_LMS)]);
  const root = graph.node('Pow', [lms, scalar(graph, 'one_third', 1 / 3)]);
  return graph.node('Conv', [root, matrix('to_oklab', ROOT_LMS_TO_OKLAB)], {}, { output: 'lab' });
}
