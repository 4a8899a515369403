import { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { gelu } from './activations.js';
import { rowsWithClassToken } from './image-rows.js';
import { floatParameter, TOKEN_DEVIATION, type Precision } from './layers.js';
import { layerNorm, transformer, type BlockNames, type TransformerShape } from './transformer.js';

const PATCH = 14;

/** It was trained on 37 × 37 patches; other numbers take positions from between. */
const TRAINED_GRID = 37;

const EPSILON = 1e-6;

const BLOCK: BlockNames = {
  attentionNorm: 'norm1',
  attention: 'attention/attention',
  query: 'attention/attention/query',
  key: 'attention/attention/key',
  value: 'attention/attention/value',
  attentionOutput: 'attention/output/dense',
  feedForwardNorm: 'norm2',
  activation: 'mlp/activation',
};

export const VIT_S_14: TransformerShape = { blocks: 12, width: 384, heads: 6, hidden: 1536 };

/**
 * DINOv2 ViT-S/14 (Oquab et al., "DINOv2", 2024): `pixel_values` of any size to `last_hidden_state`,
 * whose first row is the class token's.
 */
export function dinov2(precision: Precision, shape: TransformerShape): Graph {
  const graph = new Graph('main_graph');
  const layers = precision(graph);
  const { width } = shape;
  const pixels = graph.input('pixel_values', 'float32', ['batch_size', 'num_channels', 'height', 'width']);

  const place = '/embeddings';
  const patches = layers.patches(`${place}/patch_embeddings/projection`, pixels, {
    patch: PATCH,
    to: width,
    bias: true,
  });
  const rows = rowsWithClassToken(graph, place, patches, 'embeddings.cls_token', width);
  const placed = graph.node('Add', [rows, positions(graph, place, patches, width)], {}, { name: `${place}/Add` });
  const encoded = transformer(layers, placed, shape, {
    path: '/encoder/layer',
    names: BLOCK,
    activation: gelu,
    epsilon: EPSILON,
    layerScale: true,
  });
  const normed = layerNorm(graph, '/layernorm', encoded, width, EPSILON);
  graph.node('Identity', [normed], {}, { output: 'last_hidden_state' });
  graph.output('last_hidden_state', 'float32', ['batch_size', 'sequence_length', width]);
  return graph;
}

/** Positions for as many patches as there are, `[1, 1 + y · x, width]`: the trained grid, resized as PyTorch does. */
function positions(graph: Graph, place: string, patches: string, width: number): string {
  const grid = floatParameter(
    graph,
    'embeddings.position_embeddings.patches',
    [1, width, TRAINED_GRID, TRAINED_GRID],
    TOKEN_DEVIATION,
  );
  const token = floatParameter(graph, 'embeddings.position_embeddings.cls', [1, 1, width], TOKEN_DEVIATION);

  const shape = graph.node('Shape', [patches], {}, { name: `${place}/Shape_1` });
  const spatialAxes = graph.constant(`${place}/spatial_axes`, int64Tensor([2, 3]));
  const wanted = graph.node('Gather', [shape, spatialAxes], {}, { name: `${place}/Gather_1` });
  const planes = graph.constant(`${place}/planes`, int64Tensor([1, width]));
  const sizes = graph.node('Concat', [planes, wanted], { axis: 0 }, { name: `${place}/Concat_2` });
  const attributes = {
    mode: 'cubic',
    coordinate_transformation_mode: 'pytorch_half_pixel',
    cubic_coeff_a: { float: -0.75 },
  };
  const resized = graph.node('Resize', [grid, '', '', sizes], attributes, { name: `${place}/Resize` });
  const flatShape = graph.constant(`${place}/flat_positions`, int64Tensor([1, width, -1]));
  const flat = graph.node('Reshape', [resized, flatShape], {}, { name: `${place}/Reshape_1` });
  const turned = graph.node('Transpose', [flat], { perm: [0, 2, 1] }, { name: `${place}/Transpose_1` });
  return graph.node('Concat', [token, turned], { axis: 1 }, { name: `${place}/Concat_3` });
}
