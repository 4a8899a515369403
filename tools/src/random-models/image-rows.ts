import type { Graph } from '../onnx/graph.js';
import { int64Tensor } from '../onnx/tensor.js';
import { floatParameter, TOKEN_DEVIATION } from './layers.js';

/**
 * Puts the patches of a picture in rows, after one of the class token's: `[batch, width, y, x]` to
 * `[batch, 1 + y · x, width]`.
 *
 * @param token The class token's parameter.
 */
export function rowsWithClassToken(graph: Graph, place: string, patches: string, token: string, width: number): string {
  const flatShape = graph.constant(`${place}/flat_shape`, int64Tensor([0, width, -1]));
  const flat = graph.node('Reshape', [patches, flatShape], {}, { name: `${place}/Reshape` });
  const rows = graph.node('Transpose', [flat], { perm: [0, 2, 1] }, { name: `${place}/Transpose` });

  const sizes = graph.node('Shape', [patches], {}, { name: `${place}/Shape` });
  const first = graph.constant(`${place}/first`, int64Tensor([0]));
  const batch = graph.node('Gather', [sizes, first], {}, { name: `${place}/Gather` });
  const rest = graph.constant(`${place}/token_shape`, int64Tensor([1, width]));
  const shape = graph.node('Concat', [batch, rest], { axis: 0 }, { name: `${place}/Concat` });
  const value = floatParameter(graph, token, [1, 1, width], TOKEN_DEVIATION);
  const tokens = graph.node('Expand', [value, shape], {}, { name: `${place}/Expand` });
  return graph.node('Concat', [tokens, rows], { axis: 1 }, { name: `${place}/Concat_1` });
}
