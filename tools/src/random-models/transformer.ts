import type { Graph } from '../onnx/graph.js';
import { floatTensor, int64Tensor } from '../onnx/tensor.js';
import { parameterName, type Layers } from './layers.js';

export interface TransformerShape {
  readonly blocks: number;
  readonly width: number;
  /** Must divide `width`. */
  readonly heads: number;
  /** Numbers between the two halves of a feed-forward layer. */
  readonly hidden: number;
}

/** What a model calls the parts of a block. */
export interface BlockNames {
  readonly attentionNorm: string;
  readonly attention: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly feedForwardNorm: string;
  readonly activation: string;
}

export interface TransformerStyle {
  /** Where the blocks are, such as `/vision_model/encoder/layers`. */
  readonly path: string;
  readonly names: BlockNames;
  readonly activation: Activation;
  readonly epsilon: number;
  /** Each half's result is multiplied by factors of its own (Touvron et al., "Going deeper", 2021), as DINOv2 does. */
  readonly layerScale?: boolean;
  /** Added to the attention scores, `[1, 1, rows, rows]`. */
  readonly mask?: string;
}

/** Adds an elementwise function at `path`. */
export type Activation = (graph: Graph, path: string, input: string) => string;

/**
 * Makes attention pick some rows: with gains of 1, scores differ so little that every row would get
 * about the mean of all, and a random model would hardly tell one image from another.
 */
const ATTENTION_GAIN = 2;

/** A stack of pre-norm blocks (Dosovitskiy et al., 2021), `[batch, rows, width]` to the same. */
export function transformer(layers: Layers, input: string, shape: TransformerShape, style: TransformerStyle): string {
  const { graph } = layers;
  const { width, heads, hidden } = shape;
  const { names } = style;
  const perHead = width / heads;
  const queryScale = graph.constant('query_scale', floatTensor([], [1 / Math.sqrt(perHead)]));
  const splitShape = graph.constant('heads_apart', int64Tensor([0, 0, heads, perHead]));
  const joinedShape = graph.constant('heads_joined', int64Tensor([0, 0, width]));

  /** Projects rows and gives every head its own: `[batch, heads, …]` in the order that `perm` says. */
  const perHeads = (path: string, rows: string, gain: number, perm: readonly number[], scale?: string) => {
    const projected = layers.linear(path, rows, { from: width, to: width, bias: true, gain });
    const scaled = scale === undefined ? projected : graph.node('Mul', [projected, scale], {}, { name: `${path}/Mul` });
    const apart = graph.node('Reshape', [scaled, splitShape], {}, { name: `${path}/Reshape` });
    return graph.node('Transpose', [apart], { perm }, { name: `${path}/Transpose` });
  };

  const attend = (block: string, rows: string) => {
    const path = `${block}/${names.attention}`;
    const queries = perHeads(`${block}/${names.query}`, rows, ATTENTION_GAIN, [0, 2, 1, 3], queryScale);
    const keys = perHeads(`${block}/${names.key}`, rows, ATTENTION_GAIN, [0, 2, 3, 1]);
    const values = perHeads(`${block}/${names.value}`, rows, 1, [0, 2, 1, 3]);
    const products = graph.node('MatMul', [queries, keys], {}, { name: `${path}/MatMul` });
    const scores =
      style.mask === undefined ? products : graph.node('Add', [products, style.mask], {}, { name: `${path}/Add` });
    const shares = graph.node('Softmax', [scores], { axis: -1 }, { name: `${path}/Softmax` });
    const mixed = graph.node('MatMul', [shares, values], {}, { name: `${path}/MatMul_1` });
    const turned = graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }, { name: `${path}/Transpose` });
    const joined = graph.node('Reshape', [turned, joinedShape], {}, { name: `${path}/Reshape` });
    return layers.linear(`${block}/${names.attentionOutput}`, joined, { from: width, to: width, bias: true });
  };

  const feedForward = (block: string, rows: string) => {
    const wide = layers.linear(`${block}/mlp/fc1`, rows, { from: width, to: hidden, bias: true });
    const active = style.activation(graph, `${block}/${names.activation}`, wide);
    return layers.linear(`${block}/mlp/fc2`, active, { from: hidden, to: width, bias: true });
  };

  const norm = (path: string, rows: string) => layerNorm(graph, path, rows, width, style.epsilon);

  const scaled = (path: string, rows: string) => {
    if (style.layerScale !== true) return rows;
    const factors = graph.constant(
      parameterName(path, 'lambda1'),
      floatTensor([width], new Float32Array(width).fill(1)),
    );
    return graph.node('Mul', [rows, factors], {}, { name: `${path}/Mul` });
  };

  let rows = input;
  for (let i = 0; i < shape.blocks; i++) {
    const block = `${style.path}.${String(i)}`;
    const attended = scaled(`${block}/layer_scale1`, attend(block, norm(`${block}/${names.attentionNorm}`, rows)));
    rows = graph.node('Add', [attended, rows], {}, { name: `${block}/Add` });
    const fed = scaled(`${block}/layer_scale2`, feedForward(block, norm(`${block}/${names.feedForwardNorm}`, rows)));
    rows = graph.node('Add', [fed, rows], {}, { name: `${block}/Add_1` });
  }
  return rows;
}

/** Scales each row to mean 0 and deviation 1 (Ba, Kiros and Hinton, 2016), as it is before any training. */
export function layerNorm(graph: Graph, path: string, rows: string, width: number, epsilon: number): string {
  const weight = graph.constant(parameterName(path, 'weight'), floatTensor([width], new Float32Array(width).fill(1)));
  const bias = graph.constant(parameterName(path, 'bias'), floatTensor([width], new Float32Array(width)));
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  return graph.node('LayerNormalization', [rows, weight, bias], attributes, { name: `${path}/LayerNormalization` });
}
