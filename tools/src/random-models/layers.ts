import type { Graph } from '../onnx/graph.js';
import { randomWeights } from './random-weights.js';

/** The shape of a fully connected layer. */
export interface LinearShape {
  readonly from: number;
  readonly to: number;
  readonly bias: boolean;
  /** Standard deviation of an output, for inputs of deviation 1; 1 unless said otherwise. */
  readonly gain?: number;
}

/** The shape of a convolution that cuts a picture into squares and turns each into a vector. */
export interface PatchShape {
  /** Edge of a square, in pixels. */
  readonly patch: number;
  readonly to: number;
  readonly bias: boolean;
}

/** The shape of a table of vectors. */
export interface TableShape {
  readonly rows: number;
  readonly width: number;
  readonly deviation: number;
}

/**
 * The layers that hold nearly all weights, in one precision. `path` is the layer's place in the model,
 * such as `/vision_model/encoder/layers.0/mlp/fc1`; nodes are named after it, as PyTorch's exporter does.
 */
export interface Layers {
  readonly graph: Graph;
  /** `[…, from]` to `[…, to]`. */
  linear(path: string, input: string, shape: LinearShape): string;
  /** `[batch, 3, height, width]` to `[batch, to, height / patch, width / patch]`. */
  patches(path: string, input: string, shape: PatchShape): string;
  /** Row numbers, int64 `[…]`, to `[…, width]`. */
  lookUp(path: string, rows: string, shape: TableShape): string;
}

/** How layers of one precision are put into a graph. */
export type Precision = (graph: Graph) => Layers;

/** The name that PyTorch gives a parameter of the layer at `path`. */
export function parameterName(path: string, parameter: string): string {
  return `${path.slice(1).replaceAll('/', '.')}.${parameter}`;
}

/** A parameter that is float32 in every precision. */
export function floatParameter(graph: Graph, name: string, dims: readonly number[], deviation: number): string {
  return graph.constant(name, randomWeights(name, dims, deviation).float32);
}

export function linearDeviation({ from, gain = 1 }: LinearShape): number {
  return gain / Math.sqrt(from);
}

export function patchDeviation({ patch }: PatchShape): number {
  return 1 / Math.sqrt(3 * patch * patch);
}

export const BIAS_DEVIATION = 0.02;

/** Of tokens and positions: small, so that what the blocks find in an image or a text decides what comes out. */
export const TOKEN_DEVIATION = 0.1;
