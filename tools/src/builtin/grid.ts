import type { Graph } from '../onnx/graph.js';
import { floatTensor, int64Tensor, type Tensor } from '../onnx/tensor.js';

/** Both built-in encoders describe an image by a grid of 14 × 14 cells. */
export const GRID = 14;
const CELLS = GRID * GRID;
export const CELL_PLACES = Array.from({ length: CELLS }, (_, cell) => ({
  x: cell % GRID,
  y: Math.floor(cell / GRID),
}));

/**
 * Sines, cosines and powers differ in their last bit between JavaScript engines; rounded to nine
 * decimals, and without a sign on zero, they don't, so that the model files are the same bytes
 * wherever they are written.
 */
export function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9 + 0;
}

/** Continues planes `[batch, channels, height, width]` beyond their edges with their outermost values. */
export function padEdges(graph: Graph, planes: string, border: number): string {
  const borders = graph.constant(`${planes}_borders`, int64Tensor([0, 0, border, border, 0, 0, border, border]));
  return graph.node('Pad', [planes, borders], { mode: 'edge' });
}

/**
 * Averages planes `[batch, channels, 14·cell, 14·cell]` over the cells of the grid, under a triangle
 * that is twice as wide as a cell, so that a small shift changes the result smoothly.
 *
 * @returns `[batch, channels, 14, 14]`
 */
export function averageCells(graph: Graph, planes: string, channels: number, cell: number): string {
  const width = 2 * cell;
  const triangle = Array.from({ length: width }, (_, i) => 1 - Math.abs(i + 0.5 - cell) / cell);
  const kernel = triangle.flatMap((a) => triangle.map((b) => rounded((a * b) / cell ** 2)));
  const weights = floatTensor([channels, 1, width, width], Array.from({ length: channels }, () => kernel).flat());
  return graph.node('Conv', [padEdges(graph, planes, cell / 2), graph.constant(`${planes}_cells`, weights)], {
    kernel_shape: [width, width],
    strides: [cell, cell],
    group: channels,
  });
}

export interface SpatialTerms {
  readonly channels: number;
  /** How many of the lowest spatial frequencies to keep. */
  readonly count: number;
  /** Whether the mean, the lowest of all, is one of them. */
  readonly mean: boolean;
  readonly gain?: number;
}

/**
 * Describes each plane of `[batch, channels, 14, 14]` by its lowest spatial frequencies, with the
 * two-dimensional DCT-II (Ahmed, Natarajan and Rao, "Discrete cosine transform", 1974).
 *
 * @returns `[batch, channels · count]`
 */
export function spatialTerms(graph: Graph, planes: string, terms: SpatialTerms): string {
  const basis = graph.constant(`${planes}_basis`, cosineBasis(terms));
  const rows = graph.constant(`${planes}_rows`, int64Tensor([0, terms.channels, CELLS]));
  const cells = graph.node('Reshape', [planes, rows]);
  const coefficients = graph.node('MatMul', [cells, basis]);
  return graph.node('Flatten', [coefficients], { axis: 1 });
}

/** Weights of the cells, `[196, count]`. */
function cosineBasis({ count, mean, gain = 1 }: SpatialTerms): Tensor {
  const skipped = mean ? 0 : 1;
  const waves = lowestFrequencies().slice(skipped, skipped + count);
  const values = CELL_PLACES.flatMap(({ x, y }) =>
    waves.map(({ u, v }) => rounded(gain * emphasis(u, v) * cosine(u, x) * cosine(v, y))),
  );
  return floatTensor([CELLS, count], values);
}

/**
 * The amplitudes of pictures fall with frequency (Field, 1987), so that the lowest would drown the others; evening
 * them out half way found the most on Fashion-MNIST.
 */
function emphasis(u: number, v: number): number {
  return Math.sqrt(1 + Math.hypot(u, v));
}

/** All frequency pairs of the grid, lowest first. */
function lowestFrequencies(): { u: number; v: number }[] {
  const all = CELL_PLACES.map(({ x, y }) => ({ u: x, v: y }));
  return all.sort((a, b) => a.u ** 2 + a.v ** 2 - (b.u ** 2 + b.v ** 2) || a.v - b.v);
}

function cosine(frequency: number, position: number): number {
  const scale = Math.sqrt((frequency === 0 ? 1 : 2) / GRID);
  return scale * Math.cos((Math.PI * (2 * position + 1) * frequency) / (2 * GRID));
}
