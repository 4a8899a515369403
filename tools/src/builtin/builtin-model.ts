import type { Graph } from '../onnx/graph.js';

/** Edge of the square that both encoders look at, in pixels. */
export const IMAGE_SIZE = 224;

/** One of the encoders that need no download. */
export interface BuiltinModel {
  readonly name: string;
  readonly description: string;
  /** Numbers in the output `image_embeds`. */
  readonly dimensions: number;
  readonly graph: Graph;
}
