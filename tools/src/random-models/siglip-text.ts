import { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { gelu } from './activations.js';
import { CLIP_BLOCK } from './clip.js';
import { floatParameter, TOKEN_DEVIATION, type Precision } from './layers.js';
import { layerNorm, transformer, type TransformerShape } from './transformer.js';

/** All texts are filled up to so many tokens. */
const CONTEXT = 64;

const EPSILON = 1e-6;

/**
 * The text tower of SigLIP (Zhai et al., "Sigmoid loss for language image pre-training", 2023): `input_ids` to
 * `pooler_output`, not normalised. A token sees all others, and the text's vector is that of the last place.
 *
 * @param vocabulary The number of tokens that it has rows for.
 */
export function siglipText(precision: Precision, shape: TransformerShape, vocabulary: number): Graph {
  const graph = new Graph('main_graph');
  const layers = precision(graph);
  const { width } = shape;
  const ids = graph.input('input_ids', 'int64', ['batch_size', CONTEXT]);

  const place = '/text_model/embeddings';
  const table = { rows: vocabulary, width, deviation: TOKEN_DEVIATION };
  const tokens = layers.lookUp(`${place}/token_embedding`, ids, table);
  const positionName = 'text_model.embeddings.position_embedding.weight';
  const position = floatParameter(graph, positionName, [1, CONTEXT, width], TOKEN_DEVIATION);
  const placed = graph.node('Add', [tokens, position], {}, { name: `${place}/Add` });
  const encoded = transformer(layers, placed, shape, {
    path: '/text_model/encoder/layers',
    names: CLIP_BLOCK,
    activation: gelu,
    epsilon: EPSILON,
  });
  const normed = layerNorm(graph, '/text_model/final_layer_norm', encoded, width, EPSILON);
  const lastRow = graph.constant('last_row', int64Tensor([CONTEXT - 1], []));
  const last = graph.node('Gather', [normed, lastRow], { axis: 1 }, { name: '/text_model/Gather' });
  const pooled = layers.linear('/text_model/head', last, { from: width, to: width, bias: true });
  graph.node('Identity', [pooled], {}, { output: 'pooler_output' });
  graph.output('pooler_output', 'float32', ['batch_size', width]);
  return graph;
}
