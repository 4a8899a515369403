import { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { quickGelu } from './activations.js';
import { CLIP_BLOCK, CLIP_EMBEDDING, CLIP_EPSILON } from './clip.js';
import { rowsWithClassToken } from './image-rows.js';
import { floatParameter, TOKEN_DEVIATION, type Precision } from './layers.js';
import { layerNorm, transformer, type TransformerShape } from './transformer.js';

const IMAGE = 224;
const PATCH = 32;

export const VIT_B_32: TransformerShape = { blocks: 12, width: 768, heads: 12, hidden: 3072 };

/**
 * The image tower of CLIP ViT-B/32 (Radford et al., "Learning transferable visual models", 2021):
 * `pixel_values` to `image_embeds`, not normalised.
 */
export function clipVision(precision: Precision, shape: TransformerShape): Graph {
  const graph = new Graph('main_graph');
  const layers = precision(graph);
  const { width } = shape;
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 3, IMAGE, IMAGE]);

  const place = '/vision_model/embeddings';
  const patches = layers.patches(`${place}/patch_embedding`, pixels, { patch: PATCH, to: width, bias: false });
  const rows = rowsWithClassToken(graph, place, patches, 'vision_model.embeddings.class_embedding', width);
  const positions = [1, 1 + (IMAGE / PATCH) ** 2, width];
  const position = floatParameter(
    graph,
    'vision_model.embeddings.position_embedding.weight',
    positions,
    TOKEN_DEVIATION,
  );
  const placed = graph.node('Add', [rows, position], {}, { name: `${place}/Add` });
  const even = layerNorm(graph, '/vision_model/pre_layrnorm', placed, width, CLIP_EPSILON);
  const encoded = transformer(layers, even, shape, {
    path: '/vision_model/encoder/layers',
    names: CLIP_BLOCK,
    activation: quickGelu,
    epsilon: CLIP_EPSILON,
  });

  const classRow = graph.constant('class_row', int64Tensor([0], []));
  const token = graph.node('Gather', [encoded, classRow], { axis: 1 }, { name: '/vision_model/Gather' });
  const pooled = layerNorm(graph, '/vision_model/post_layernorm', token, width, CLIP_EPSILON);
  const embedding = layers.linear('/visual_projection', pooled, { from: width, to: CLIP_EMBEDDING, bias: false });
  graph.node('Identity', [embedding], {}, { output: 'image_embeds' });
  graph.output('image_embeds', 'float32', ['batch_size', CLIP_EMBEDDING]);
  return graph;
}
