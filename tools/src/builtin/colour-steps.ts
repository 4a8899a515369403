import type { Graph } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { CELL, nearForeground, type Points } from './foreground.js';
import { averageCells, padEdges, rounded, spatialTerms } from './grid.js';
import { scalar } from './scalar.js';

/** Across and down. */
const DIRECTIONS = 2;
const LAB = 3;

/** What the steps count against the histogram of colours. */
const GAIN = 8;

/** Steps much smaller than this, in OKLab per point, are not lifted by the square root, so that faint grain stays faint. */
const FAINT = 0.005;

/** Slope across in a square of 3 × 3 points (Sobel's operator), 1 for a change of 1 per point; turned over, down. */
const ACROSS = [-1, 0, 1, -2, 0, 2, -1, 0, 1].map((weight) => weight / 8);
const DOWN = [-1, -2, -1, 0, 0, 0, 1, 2, 1].map((weight) => weight / 8);

/**
 * 96 terms of how strongly the colours change near the garment, 48 across and 48 down: its outline, seams, prints and
 * folds. Which way a colour changes is left out, so that a dark print on a light shirt is like a light one on a dark
 * shirt. On Fashion-MNIST this finds more than the lightness itself.
 */
export function colourSteps(graph: Graph, points: Points): string {
  const cells = averageCells(graph, steps(graph, points), DIRECTIONS, CELL);
  const lifted = graph.node('Sqrt', [graph.node('Add', [cells, scalar(graph, 'faint', FAINT)])]);
  const faintRoot = scalar(graph, 'faint_root', rounded(Math.sqrt(FAINT)));
  const roots = graph.node('Sub', [lifted, faintRoot], {}, { output: 'step_roots' });
  return spatialTerms(graph, roots, { channels: DIRECTIONS, count: 48, mean: false, gain: GAIN });
}

/** Distances in OKLab per point, where the garment is or its outline: `[batch, 2, 56, 56]`. */
function steps(graph: Graph, { lab, foreground }: Points): string {
  const kernels = Array.from({ length: LAB }, () => [...ACROSS, ...DOWN]).flat();
  const slopes = graph.node(
    'Conv',
    [padEdges(graph, lab, 1), graph.constant('slope_kernels', floatTensor([LAB * DIRECTIONS, 1, 3, 3], kernels))],
    { group: LAB },
  );
  // A sum over L, a and b as a convolution: ReduceSum adds up in another order for a batch of one.
  const sums = Array.from({ length: LAB }, () => [1, 0]).flat();
  const both = floatTensor([DIRECTIONS, LAB * DIRECTIONS, 1, 1], [...sums, ...sums.map((weight) => 1 - weight)]);
  const squares = graph.node('Conv', [graph.node('Mul', [slopes, slopes]), graph.constant('slope_sums', both)]);
  const near = nearForeground(graph, foreground);
  return graph.node('Mul', [graph.node('Sqrt', [squares]), near], {}, { output: 'steps' });
}
