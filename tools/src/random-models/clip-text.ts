import { Graph } from '../onnx/graph.js';
import { floatTensor, int64Tensor, type Tensor } from '../onnx/tensor.js';
import { quickGelu } from './activations.js';
import { CLIP_BLOCK, CLIP_EMBEDDING, CLIP_EPSILON } from './clip.js';
import { CLIP_VOCABULARY } from './clip-tokenizer.js';
import { floatParameter, TOKEN_DEVIATION, type Precision } from './layers.js';
import { layerNorm, transformer, type TransformerShape } from './transformer.js';

/** The longest text, in tokens. */
const CONTEXT = 77;

/** Number of int32 in ONNX, for Cast. */
const INT32 = 6;

export const CLIP_TEXT: TransformerShape = { blocks: 12, width: 512, heads: 8, hidden: 2048 };

/**
 * The text tower of CLIP ViT-B/32: `input_ids` to `text_embeds`, not normalised. It takes no attention
 * mask, as the export of the hub takes none: a token sees only those before it, and the text's vector is that
 * of its end token, whatever is padded after it.
 */
export function clipText(precision: Precision, shape: TransformerShape): Graph {
  const graph = new Graph('main_graph');
  const layers = precision(graph);
  const { width } = shape;
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);

  const place = '/text_model/embeddings';
  const tokens = layers.lookUp(`${place}/token_embedding`, ids, {
    rows: CLIP_VOCABULARY,
    width,
    deviation: TOKEN_DEVIATION,
  });
  const sizes = graph.node('Shape', [ids], {}, { name: `${place}/Shape` });
  const lengthAxis = graph.constant('length_axis', int64Tensor([1]));
  const length = graph.node('Gather', [sizes, lengthAxis], {}, { name: `${place}/Gather` });
  const positionName = 'text_model.embeddings.position_embedding.weight';
  const positions = floatParameter(graph, positionName, [1, CONTEXT, width], TOKEN_DEVIATION);
  const position = upTo(graph, positions, [length], [1]);
  const placed = graph.node('Add', [tokens, position], {}, { name: `${place}/Add` });
  const mask = upTo(graph, graph.constant('causal_mask', causalMask()), [length, length], [2, 3]);
  const encoded = transformer(layers, placed, shape, {
    path: '/text_model/encoder/layers',
    names: CLIP_BLOCK,
    activation: quickGelu,
    epsilon: CLIP_EPSILON,
    mask,
  });
  const normed = layerNorm(graph, '/text_model/final_layer_norm', encoded, width, CLIP_EPSILON);

  // The end token has the highest number, so its place is that of the maximum.
  const narrow = graph.node('Cast', [ids], { to: INT32 }, { name: '/text_model/Cast' });
  const end = graph.node('ArgMax', [narrow], { axis: -1, keepdims: 1 }, { name: '/text_model/ArgMax' });
  const pooled = graph.node('GatherND', [normed, end], { batch_dims: 1 }, { name: '/text_model/GatherND' });
  const embedding = layers.linear('/text_projection', pooled, { from: width, to: CLIP_EMBEDDING, bias: false });
  graph.node('Identity', [embedding], {}, { output: 'text_embeds' });
  graph.output('text_embeds', 'float32', ['batch_size', CLIP_EMBEDDING]);
  return graph;
}

/** The part of `values` before `ends` along `axes`. */
function upTo(graph: Graph, values: string, ends: readonly string[], axes: readonly number[]): string {
  const starts = graph.constant(`${values}_starts`, int64Tensor(axes.map(() => 0)));
  const end = graph.node('Concat', ends, { axis: 0 });
  return graph.node('Slice', [values, starts, end, graph.constant(`${values}_axes`, int64Tensor(axes))]);
}

/** 0 where a token may look, a very low score where it may not: at those after it. */
function causalMask(): Tensor {
  const places = Array.from({ length: CONTEXT }, (_, i) => i);
  const scores = places.flatMap((from) => places.map((to) => (to > from ? -1e9 : 0)));
  return floatTensor([1, 1, CONTEXT, CONTEXT], scores);
}
